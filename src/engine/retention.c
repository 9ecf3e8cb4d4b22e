/* SPDX-License-Identifier: MIT */
#include "engine/retention.h"

#define LOG_MODULE "history"
#include "base/log.h"
#include "base/wall_clock.h"

#define DAY_MS INT64_C(86400000)

/*
 * A step keeps the disk busy for some milliseconds; with the pause it has nine tenths of the time for others,
 * and forgets five thousand events a second, far more than may happen in one.
 */
static const struct retention_times usual = {.first_ms = 60000, .pause_ms = 100, .rest_ms = 3600000};

static void on_forgotten(void *arg, const struct err *err);

static void on_timer(uv_timer_t *timer)
{
    struct retention *history = container_of(timer, struct retention, timer);

    uvx_hold(&history->owner);
    store_prune(history->store, wall_clock_now() - history->days * DAY_MS, &history->pruned, on_forgotten,
                history);
}

/* The last step is the one that finds fewer than it may take. A disk that fails is tried again next time. */
static void on_forgotten(void *arg, const struct err *err)
{
    struct retention *history = arg;
    bool more = err == NULL && history->pruned == STORE_PRUNE_ROWS;

    if (err == NULL)
        history->swept += history->pruned;
    if (!more && history->swept > 0) {
        log_info("old events pruned count=%zu days=%ld", history->swept, history->days);
        history->swept = 0;
    }
    if (!history->owner.closing)
        (void)uv_timer_start(&history->timer, on_timer,
                             more ? history->times->pause_ms : history->times->rest_ms, 0);
    uvx_drop(&history->owner);
}

void retention_open_timed(struct retention *history, uv_loop_t *loop, struct store *store, long days,
                          const struct retention_times *times)
{
    *history = (struct retention){.store = store, .days = days, .times = times};
    (void)uv_timer_init(loop, &history->timer);
    uvx_own(&history->owner, (uv_handle_t *)&history->timer);
    if (days > 0)
        (void)uv_timer_start(&history->timer, on_timer, times->first_ms, 0);
}

void retention_open(struct retention *history, uv_loop_t *loop, struct store *store, long days)
{
    retention_open_timed(history, loop, store, days, &usual);
}

static void on_gone(struct uvx_owner *owner)
{
    struct retention *history = container_of(owner, struct retention, owner);

    history->closed(history);
}

void retention_close(struct retention *history, void (*closed)(struct retention *history))
{
    if (history->owner.closing)
        return;
    history->closed = closed;
    uvx_owner_close(&history->owner, on_gone);
    uvx_shut((uv_handle_t *)&history->timer);
}
