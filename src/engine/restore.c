/* SPDX-License-Identifier: MIT */
#include "engine/restore.h"

#include <assert.h>
#include <string.h>

#include "base/wall_clock.h"

/* The wall clock may have been set, so that an event looks a little older than it is. */
#define RECENT_MORE_MS 60000

static_assert(FLAP_WINDOW_MS <= FLAP_STABLE_MS, "the events that are loaded are enough for both");

static void on_meta(void *arg, const struct store_checkpoint *last, uint64_t last_event)
{
    struct restore *restore = arg;

    restore->last = (struct last_checkpoint){last->at_ms, (uint64_t)last->grace_ms};
    restore->last_event = last_event;
}

static void on_service(void *arg, const struct store_service *stored, const struct store_state *state)
{
    struct restore *restore = arg;
    const struct service_snapshot snapshot = {
        .availability = (enum service_availability)state->availability,
        .has_code = state->has_code,
        .code = state->code,
        .since_ms = state->since_ms,
        .code_since_ms = state->code_since_ms,
        .seen_ms = state->seen_ms,
        .registered_ms = stored->registered_ms,
    };
    struct service_status statuses[STORE_STATUSES_MAX];
    struct service *service;

    for (size_t i = 0; i < stored->status_count; i++)
        statuses[i] = (struct service_status){stored->statuses[i].code, (char *)stored->statuses[i].text};
    service = registry_register(restore->registry, stored->id, strlen(stored->id), statuses,
                                stored->status_count, (uint64_t)stored->timeout_s * 1000);
    registry_restore(restore->registry, service, &snapshot, &restore->last);
    if (service->availability == SERVICE_AVAILABLE)
        restore->available++;
}

/* The notices of a sink that was removed from the configuration go to the default sink. */
static unsigned sink_named(const struct dispatcher *dispatcher, const char *name)
{
    int sink = router_find(dispatcher->router, name);

    return sink >= 0 ? (unsigned)sink : ROUTER_DEFAULT_SINK;
}

/* Whether NOTIFY_AFTER holds it still. */
static bool is_held_still(const struct store_notice *notice)
{
    return notice->held_by != NULL &&
           strcmp(notice->held_by, decision_stage_names[STAGE_NOTIFY_AFTER]) == 0 &&
           (notice->held_until_ms == 0 || notice->held_until_ms > wall_clock_now());
}

static void on_owed(void *arg, const struct event *event, const struct store_notice *notice)
{
    struct restore *restore = arg;
    struct dispatcher *dispatcher = restore->dispatcher;
    unsigned sink = sink_named(dispatcher, notice->sink);
    int64_t until_ms = STAGE_NO_TIME;
    /* Reports are counted within a process: the next one is enough. */
    uint64_t reports = notice->held_reports > 0 ? 1 : STAGE_NO_REPORTS;
    struct event again = *event;

    if (!is_held_still(notice)) {
        again.maybe_told = true;
        router_put(dispatcher->router, sink, digest_entry_new(&again));
        return;
    }
    if (notice->held_until_ms != 0)
        until_ms = (int64_t)uv_now(dispatcher->due.loop) + notice->held_until_ms - wall_clock_now();
    dispatcher_hold(dispatcher, event, sink, HELD_BY(STAGE_NOTIFY_AFTER), until_ms, reports);
}

static int64_t before(int64_t now_ms, int64_t ago_ms)
{
    return ago_ms > 0 ? now_ms - ago_ms : now_ms;
}

/* The sinks of these notices that still exist; `suppressed`: of those that FLAPPING suppressed. */
static uint64_t sinks_of(const struct dispatcher *dispatcher, const struct store_notice *notices,
                         size_t count, bool suppressed)
{
    uint64_t sinks = 0;

    for (size_t i = 0; i < count; i++) {
        int sink = router_find(dispatcher->router, notices[i].sink);
        bool flapping = notices[i].held_by == NULL && notices[i].outcome != NULL &&
                        strcmp(notices[i].outcome, "flapping") == 0;

        if (sink >= 0 && (flapping || !suppressed))
            sinks |= UINT64_C(1) << sink;
    }
    return sinks;
}

static void begin_flapping(struct flap *flap, const char *service, int64_t at_ms, uint64_t sinks)
{
    if (sinks != 0)
        flap_begin(flap, service, at_ms, sinks | flap_sinks(flap, service));
}

/*
 * Restores which services are flapping. Transitions are counted by the wall clock, so that the time of a stop
 * separates those before it from those after it. But a service is not stable during a stop, in which nothing
 * is known of it: that time counts from the last checkpoint.
 */
static void on_recent(void *arg, const struct event *event, const struct store_notice *notices, size_t count)
{
    struct restore *restore = arg;
    struct dispatcher *dispatcher = restore->dispatcher;
    struct flap *flap = &dispatcher->stages.flap;
    int64_t now_ms = (int64_t)uv_now(dispatcher->due.loop);
    int64_t stable_from_ms = before(now_ms, restore->last.last_alive_ms - event->at_ms);

    switch (event->kind) {
    case EVENT_STATUS:
    case EVENT_AVAILABLE:
    case EVENT_UNAVAILABLE:
        (void)flap_change(flap, event->service, before(now_ms, wall_clock_now() - event->at_ms));
        begin_flapping(flap, event->service, stable_from_ms, sinks_of(dispatcher, notices, count, true));
        break;
    case EVENT_FLAPPING:
        begin_flapping(flap, event->service, stable_from_ms, sinks_of(dispatcher, notices, count, false));
        break;
    case EVENT_STABLE:
        flap_end(flap, event->service);
        break;
    case EVENT_MASS_OUTAGE:
    case EVENT_REMARK:
    case EVENT_REMINDER:
        break;
    }
}

static bool on_is_sink(void *arg, const char *name)
{
    const struct restore *restore = arg;

    return router_find(restore->dispatcher->router, name) >= 0;
}

int restore_load(struct restore *restore, struct store *store, struct err *err)
{
    static const struct store_load_ops ops = {
        .meta = on_meta,
        .service = on_service,
        .owed = on_owed,
        .recent = on_recent,
        .recent_ms = FLAP_STABLE_MS + RECENT_MORE_MS,
        .is_sink = on_is_sink,
        .default_sink = SINK_DEFAULT_NAME,
    };

    return store_load(store, &ops, restore, err);
}
