/* SPDX-License-Identifier: MIT */
#include "engine/retention.h"

#define LOG_MODULE "retention"
#include "base/log.h"
#include "base/wall_clock.h"

#define DAY_MS INT64_C(86400000)

/*
 * A step keeps the disk busy for some milliseconds. With this pause nine tenths of the time are left for
 * other writes, and a sweep deletes five thousand events per second, far more than can happen in one.
 */
static const struct retention_times defaults = {.first_ms = 60000, .pause_ms = 100, .interval_ms = 3600000};

static void on_pruned(void *arg, const struct err *err);

static void on_timer(uv_timer_t *timer)
{
    struct retention *retention = container_of(timer, struct retention, timer);

    uvx_hold(&retention->owner);
    store_prune(retention->store, wall_clock_now() - retention->days * DAY_MS, &retention->pruned, on_pruned,
                retention);
}

/* A step that deletes fewer events than it may is the last one. After a failed write the next sweep tries
 * again. */
static void on_pruned(void *arg, const struct err *err)
{
    struct retention *retention = arg;
    bool more = err == NULL && retention->pruned == STORE_PRUNE_ROWS;

    if (err == NULL)
        retention->swept += retention->pruned;
    if (!more && retention->swept > 0) {
        log_info("old events pruned count=%zu days=%ld", retention->swept, retention->days);
        retention->swept = 0;
    }
    if (!retention->owner.closing)
        (void)uv_timer_start(&retention->timer, on_timer,
                             more ? retention->times->pause_ms : retention->times->interval_ms, 0);
    uvx_drop(&retention->owner);
}

void retention_open_timed(struct retention *retention, uv_loop_t *loop, struct store *store, long days,
                          const struct retention_times *times)
{
    *retention = (struct retention){.store = store, .days = days, .times = times};
    (void)uv_timer_init(loop, &retention->timer);
    uvx_own(&retention->owner, (uv_handle_t *)&retention->timer);
    if (days > 0)
        (void)uv_timer_start(&retention->timer, on_timer, times->first_ms, 0);
}

void retention_open(struct retention *retention, uv_loop_t *loop, struct store *store, long days)
{
    retention_open_timed(retention, loop, store, days, &defaults);
}

static void on_gone(struct uvx_owner *owner)
{
    struct retention *retention = container_of(owner, struct retention, owner);

    retention->closed(retention);
}

void retention_close(struct retention *retention, void (*closed)(struct retention *retention))
{
    if (retention->owner.closing)
        return;
    retention->closed = closed;
    uvx_owner_close(&retention->owner, on_gone);
    uvx_shut((uv_handle_t *)&retention->timer);
}
