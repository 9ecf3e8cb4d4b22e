/* SPDX-License-Identifier: MIT */
#include "engine/announcements.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/time_format.h"
#include "engine/suppression/reminder.h"

/* ---- reminders ---- */

struct reminding {
    struct dispatcher *dispatcher;
    int64_t from_ms, to_ms;
};

static bool has_remind(const struct routing_table *table)
{
    for (unsigned i = 0; i < table->routes_count; i++) {
        if (table->routes[i].remind)
            return true;
    }
    return false;
}

/* A sink that was not notified of the state is not reminded of it. */
static bool is_held(const struct dispatcher *dispatcher, const char *service, unsigned sink)
{
    const struct held_notice *held = held_notices_find(&dispatcher->stages.held, service, sink);

    return held != NULL && (held->stages & HELD_BY(STAGE_NOTIFY_AFTER)) != 0;
}

static uint64_t reminded_sinks(const struct dispatcher *dispatcher, const char *service)
{
    struct route_match matches[ROUTE_MATCHES_MAX];
    size_t count = routing_table_match(dispatcher->table, service, matches);
    uint64_t sinks = 0;

    for (size_t i = 0; i < count; i++) {
        int sink = router_find(dispatcher->router, matches[i].sink);

        if (sink >= 0 && matches[i].route != NULL && matches[i].route->remind &&
            !is_held(dispatcher, service, (unsigned)sink))
            sinks |= UINT64_C(1) << sink;
    }
    return sinks;
}

static void on_service(void *arg, const struct service *service)
{
    const struct reminding *reminding = arg;
    struct dispatcher *dispatcher = reminding->dispatcher;
    struct service_snapshot snapshot;
    struct event event;

    registry_snapshot(dispatcher->registry, service, &snapshot);
    if (!reminder_make(service, &snapshot, dispatcher->table, &event) ||
        !reminder_is_due(event.since_ms, reminding->from_ms, reminding->to_ms))
        return;
    dispatcher_announce(dispatcher, &event, reminded_sinks(dispatcher, service->id));
}

void announcements_remind(struct dispatcher *dispatcher, int64_t from_ms, int64_t to_ms)
{
    struct reminding reminding = {dispatcher, from_ms, to_ms};

    if (has_remind(dispatcher->table))
        registry_each(dispatcher->registry, on_service, &reminding);
}

/* ---- flapping ---- */

static void announce_flapping(struct dispatcher *dispatcher, const char *service, uint64_t sinks)
{
    struct event event = {.kind = EVENT_FLAPPING,
                          .severity = EVENT_WARNING,
                          .service = service,
                          .previous = "",
                          .code = EVENT_NO_CODE,
                          .previous_code = EVENT_NO_CODE};
    struct buf out = {0};
    char *text;

    buf_printf(&out, "%d changes in ", FLAP_CHANGES);
    time_format_span(&out, dispatcher->stages.flap.times->window_ms);
    text = buf_take(&out);
    event.text = text;
    dispatcher_announce(dispatcher, &event, sinks);
    free(text);
}

void announcements_transition(struct dispatcher *dispatcher, const char *service, uint64_t sinks)
{
    struct flap *flap = &dispatcher->stages.flap;
    int64_t now_ms = (int64_t)uv_now(dispatcher->due.loop);

    if (sinks == 0 && flap_sinks(flap, service) == 0)
        return;
    if (!flap_change(flap, service, now_ms))
        return;
    announce_flapping(dispatcher, service, sinks);
    flap_begin(flap, service, now_ms, sinks);
}

static void on_stable(void *arg, const char *id, uint64_t sinks)
{
    struct dispatcher *dispatcher = arg;
    const struct service *service = registry_find(dispatcher->registry, id, strlen(id));
    struct event event = {.kind = EVENT_STABLE,
                          .service = id,
                          .text = "",
                          .previous = "",
                          .code = EVENT_NO_CODE,
                          .previous_code = EVENT_NO_CODE};
    const char *text;

    if (service == NULL)
        return;
    if (service->availability == SERVICE_UNAVAILABLE)
        event.previous = "not available";
    text = service->has_code ? service_text(service, service->code) : NULL;
    if (text != NULL) {
        event.text = text;
        event.code = service->code;
        event.severity = routing_table_severity(dispatcher->table, service->code, text);
    }
    dispatcher_announce(dispatcher, &event, sinks);
}

void announcements_stable(struct dispatcher *dispatcher)
{
    flap_look(&dispatcher->stages.flap, (int64_t)uv_now(dispatcher->due.loop), on_stable, dispatcher);
}
