/* SPDX-License-Identifier: MIT */
#include "engine/stall_detector.h"

#include <time.h>

/* CLOCK_BOOTTIME counts the time that the machine was suspended, CLOCK_MONOTONIC does not. */
static int64_t suspended(void)
{
    struct timespec boot, monotonic;

    (void)clock_gettime(CLOCK_BOOTTIME, &boot);
    (void)clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return (boot.tv_sec - monotonic.tv_sec) * 1000 + (boot.tv_nsec - monotonic.tv_nsec) / 1000000;
}

static void on_check(uv_check_t *check)
{
    struct stall_detector *absence = container_of(check, struct stall_detector, check);
    uint64_t now, turn;
    int64_t total;

    /* It may have been stopped inside a callback of this very turn: the timers must not be the first to see
     * it. */
    uv_update_time(check->loop);
    now = uv_now(check->loop);
    turn = now - absence->turn_ms;
    absence->turn_ms = now;
    if (turn >= STALL_DETECTOR_NOTICED_MS) {
        absence->ops->returned(absence, turn);
        return;
    }
    total = suspended();
    if (total - absence->suspended_ms >= STALL_DETECTOR_NOTICED_MS)
        absence->ops->returned(absence, 0);
    absence->suspended_ms = total;
}

void stall_detector_open(struct stall_detector *absence, uv_loop_t *loop,
                         const struct stall_detector_ops *ops)
{
    *absence = (struct stall_detector){.ops = ops, .turn_ms = uv_now(loop), .suspended_ms = suspended()};
    (void)uv_check_init(loop, &absence->check);
    uvx_own(&absence->owner, (uv_handle_t *)&absence->check);
    (void)uv_check_start(&absence->check, on_check);
    uv_unref((uv_handle_t *)&absence->check);
}

static void on_gone(struct uvx_owner *owner)
{
    struct stall_detector *absence = container_of(owner, struct stall_detector, owner);

    absence->ops->closed(absence);
}

void stall_detector_close(struct stall_detector *absence)
{
    uvx_owner_close(&absence->owner, on_gone);
    uvx_shut((uv_handle_t *)&absence->check);
}
