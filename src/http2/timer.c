/* SPDX-License-Identifier: MIT */
#include "http2/timer.h"

#include "base/uvx.h"

static bool is_closing(const struct h2_timer *timer)
{
    return uv_is_closing((const uv_handle_t *)&timer->uv) != 0;
}

static void on_timer(uv_timer_t *uv)
{
    struct h2_timer *timer = container_of(uv, struct h2_timer, uv);
    uint64_t now = uv_now(uv->loop);
    uint64_t next;

    timer->armed_ms = 0;
    for (int what = 0; what < H2_WAITS && !is_closing(timer); what++) {
        if (h2_timer_passed(timer->due_ms[what], now))
            timer->ops->expired(timer, (enum h2_wait)what);
    }
    if (is_closing(timer))
        return;
    next = timer->ops->look(timer, now);
    for (int what = 0; what < H2_WAITS; what++)
        next = h2_timer_earlier(next, timer->due_ms[what]);
    if (next != UINT64_MAX)
        h2_timer_arm(timer, next);
}

void h2_timer_init(struct h2_timer *timer, uv_loop_t *loop, const struct h2_timer_ops *ops)
{
    (void)uv_timer_init(loop, &timer->uv);
    timer->ops = ops;
}

void h2_timer_arm(struct h2_timer *timer, uint64_t due_ms)
{
    uint64_t now = uv_now(timer->uv.loop);

    if (is_closing(timer) || (timer->armed_ms != 0 && timer->armed_ms <= due_ms))
        return;
    timer->armed_ms = due_ms;
    (void)uv_timer_start(&timer->uv, on_timer, due_ms > now ? due_ms - now : 0, 0);
}

void h2_timer_wait(struct h2_timer *timer, enum h2_wait what, uint64_t ms)
{
    timer->due_ms[what] = uv_now(timer->uv.loop) + ms;
    h2_timer_arm(timer, timer->due_ms[what]);
}
