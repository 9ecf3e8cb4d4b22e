/* SPDX-License-Identifier: MIT */
#include "engine/dispatcher.h"

#include <string.h>

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/wall_clock.h"

static void on_released(void *arg, unsigned sink, struct digest_entry *entry)
{
    struct dispatcher *dispatcher = arg;

    dispatcher_enqueue_released(dispatcher, sink, entry);
}

static void on_release_stored(void *arg, const struct err *err)
{
    (void)arg;
    if (err != NULL)
        log_error("release not stored, a restart may hold the notices again reason=%s", err->msg);
}

/* The disk must know: the number of reports that they wait for counts within this process only. */
static void on_reached(void *arg, unsigned sink, struct digest_entry *entry)
{
    struct dispatcher *dispatcher = arg;

    store_release(dispatcher->store, router_name(dispatcher->router, sink), entry->ids.list, entry->ids.count,
                  wall_clock_now(), on_release_stored, dispatcher);
    dispatcher_enqueue_released(dispatcher, sink, entry);
}

static void on_due(uv_timer_t *timer);

static void due_at(struct dispatcher *dispatcher, int64_t at_ms)
{
    int64_t wait_ms = at_ms - (int64_t)uv_now(dispatcher->due.loop);

    if (at_ms == STAGE_NO_TIME ||
        (uv_is_active((uv_handle_t *)&dispatcher->due) && dispatcher->due_ms <= at_ms))
        return;
    dispatcher->due_ms = at_ms;
    (void)uv_timer_start(&dispatcher->due, on_due, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void release(struct dispatcher *dispatcher, int64_t now_ms)
{
    due_at(dispatcher, held_notices_pass_time(&dispatcher->stages.held, now_ms, on_released, dispatcher));
    dispatcher_flush(dispatcher);
}

static void on_due(uv_timer_t *timer)
{
    release(container_of(timer, struct dispatcher, due), (int64_t)uv_now(timer->loop));
}

void dispatcher_release_due(struct dispatcher *dispatcher, int64_t now_ms)
{
    if (uv_is_active((uv_handle_t *)&dispatcher->due) && dispatcher->due_ms <= now_ms)
        release(dispatcher, now_ms);
}

void dispatcher_release_outage(struct dispatcher *dispatcher)
{
    held_notices_pass_stage(&dispatcher->stages.held, STAGE_MASS_OUTAGE, on_released, dispatcher);
    dispatcher_flush(dispatcher);
}

static void await_reports(struct dispatcher *dispatcher, const char *id, uint64_t reports)
{
    struct service *service;

    if (reports == STAGE_NO_REPORTS)
        return;
    service = registry_find(dispatcher->registry, id, strlen(id));
    if (service != NULL)
        registry_await(dispatcher->registry, service, reports);
    else
        dispatcher_reached(dispatcher, id, reports); /* not registered: it will never report */
}

void dispatcher_reached(struct dispatcher *dispatcher, const char *service, uint64_t reports)
{
    uint64_t next =
        held_notices_pass_reports(&dispatcher->stages.held, service, reports, on_reached, dispatcher);

    await_reports(dispatcher, service, next);
    dispatcher_flush(dispatcher);
}

void dispatcher_hold(struct dispatcher *dispatcher, const struct event *event, unsigned sink, unsigned stages,
                     int64_t until_ms, uint64_t reports)
{
    held_notices_add(&dispatcher->stages.held, sink, event, stages, until_ms, reports);
    if ((stages & HELD_BY(STAGE_NOTIFY_AFTER)) == 0)
        return;
    due_at(dispatcher, until_ms);
    await_reports(dispatcher, event->service, reports);
}
