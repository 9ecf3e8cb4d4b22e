/* SPDX-License-Identifier: MIT */
#include "http2/connection_timer.h"

#include <errno.h>

#include "http2/session.h"

static bool passed(uint64_t due_ms, uint64_t now)
{
    return due_ms != 0 && due_ms <= now;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return b != 0 && b < a ? b : a;
}

static void on_timer(uv_timer_t *timer);

static void arm(struct h2_connection *h2, uint64_t due_ms)
{
    uint64_t now = h2_connection_now(h2);

    if (h2->closing || (h2->armed_ms != 0 && h2->armed_ms <= due_ms))
        return;
    h2->armed_ms = due_ms;
    (void)uv_timer_start(&h2->timer, on_timer, due_ms > now ? due_ms - now : 0, 0);
}

/* The wait has failed. If several have at once, the first in enum h2_wait is the reason that is reported. */
static void expire(struct h2_connection *h2, enum h2_wait what)
{
    switch (what) {
    case H2_PAUSE:
        h2->due_ms[H2_PAUSE] = 0;
        h2_connection_read_on(h2);
        break;
    case H2_HANDSHAKE:
        h2_connection_fail(h2, -ETIMEDOUT, "handshake was not finished in time");
        break;
    case H2_FRAME:
        h2_connection_fail(h2, -ETIMEDOUT, "a frame was not finished in time");
        break;
    case H2_STALL:
        h2_connection_fail(h2, -ETIMEDOUT, "peer does not read");
        break;
    case H2_PONG:
        h2_connection_fail(h2, -ETIMEDOUT, "peer does not answer pings");
        break;
    case H2_DRAIN:
        if (h2->drain_noticed)
            h2_connection_close(h2);
        else
            h2_connection_drain_notice(h2);
        break;
    case H2_SETTINGS:
        h2->due_ms[H2_SETTINGS] = 0;
        h2_connection_terminate(h2, H2_SETTINGS_TIMEOUT, "settings were not acknowledged");
        break;
    case H2_WAITS:
        break;
    }
}

/* Returns the next due time of a stream. `due` may submit frames; it must not free a stream of this list. */
static uint64_t expire_streams(struct h2_connection *h2, uint64_t now)
{
    uint64_t next = UINT64_MAX;

    for (struct h2_stream *stream = h2->streams; stream != NULL; stream = stream->next) {
        if (passed(stream->due_ms, now)) {
            stream->due_ms = 0;
            h2->ops->due(stream);
        }
        next = earlier(next, stream->due_ms);
    }
    return next;
}

/* Server: sends one PING to a silent client (gRFC A9) and waits for any byte. Returns when to look again. */
static uint64_t keep_alive(struct h2_connection *h2, uint64_t now)
{
    if (!h2->peer_ready || h2->role == H2_CLIENT)
        return UINT64_MAX;
    if (h2->due_ms[H2_PONG] == 0 && now - h2->read_ms >= h2->context->timeouts->ping) {
        (void)nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, h2_session_ping_alive);
        h2->due_ms[H2_PONG] = now + h2->context->timeouts->ping_ack;
        h2_context_mark(h2->context, h2);
    }
    return h2->due_ms[H2_PONG] != 0 ? h2->due_ms[H2_PONG] : h2->read_ms + h2->context->timeouts->ping;
}

static void on_timer(uv_timer_t *timer)
{
    struct h2_connection *h2 = container_of(timer, struct h2_connection, timer);
    uint64_t now = h2_connection_now(h2);
    uint64_t next;

    h2->armed_ms = 0;
    for (int what = 0; what < H2_WAITS && !h2->closing; what++) {
        if (passed(h2->due_ms[what], now))
            expire(h2, (enum h2_wait)what);
    }
    if (h2->closing)
        return;
    next = earlier(expire_streams(h2, now), keep_alive(h2, now));
    for (int what = 0; what < H2_WAITS; what++)
        next = earlier(next, h2->due_ms[what]);
    if (next != UINT64_MAX)
        arm(h2, next);
}

void h2_connection_timer_init(struct h2_connection *h2, uv_loop_t *loop)
{
    (void)uv_timer_init(loop, &h2->timer);
    h2->read_ms = h2_connection_now(h2);
}

void h2_connection_timer_wait(struct h2_connection *h2, enum h2_wait what, uint64_t ms)
{
    h2->due_ms[what] = h2_connection_now(h2) + ms;
    arm(h2, h2->due_ms[what]);
}

void h2_connection_timer_frame(struct h2_connection *h2)
{
    if (!flood_guard_partial(&h2->flood_guard)) {
        h2->due_ms[H2_FRAME] = 0;
    } else if (h2->due_ms[H2_FRAME] == 0 || h2->frames_seen != h2->flood_guard.frames) {
        h2->frames_seen = h2->flood_guard.frames;
        h2_connection_timer_wait(h2, H2_FRAME, h2->context->timeouts->frame);
    }
}

void h2_stream_due(struct h2_stream *stream, uint64_t at_ms)
{
    stream->due_ms = at_ms;
    if (at_ms != 0)
        arm(stream->h2, at_ms);
}
