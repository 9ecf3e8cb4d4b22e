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
    struct stall_detector *detector = container_of(check, struct stall_detector, check);
    uint64_t now, turn;
    int64_t total;

    /* The process may have been stopped inside a callback of this iteration: the stall must be seen before
     * the timers run. */
    uv_update_time(check->loop);
    now = uv_now(check->loop);
    turn = now - detector->turn_ms;
    detector->turn_ms = now;
    if (turn >= STALL_DETECTOR_NOTICED_MS) {
        detector->ops->stalled(detector, turn);
        return;
    }
    total = suspended();
    if (total - detector->suspended_ms >= STALL_DETECTOR_NOTICED_MS)
        detector->ops->stalled(detector, 0);
    detector->suspended_ms = total;
}

void stall_detector_open(struct stall_detector *detector, uv_loop_t *loop,
                         const struct stall_detector_ops *ops)
{
    *detector = (struct stall_detector){.ops = ops, .turn_ms = uv_now(loop), .suspended_ms = suspended()};
    (void)uv_check_init(loop, &detector->check);
    uvx_own(&detector->owner, (uv_handle_t *)&detector->check);
    (void)uv_check_start(&detector->check, on_check);
    uv_unref((uv_handle_t *)&detector->check);
}

static void on_gone(struct uvx_owner *owner)
{
    struct stall_detector *detector = container_of(owner, struct stall_detector, owner);

    detector->ops->closed(detector);
}

void stall_detector_close(struct stall_detector *detector)
{
    uvx_owner_close(&detector->owner, on_gone);
    uvx_shut((uv_handle_t *)&detector->check);
}
