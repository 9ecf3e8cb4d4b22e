/* SPDX-License-Identifier: MIT */
#include "engine/suppression/reminder.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_format.h"
#include "base/buf.h"
#include "engine/service_snapshot.h"
#include "notify/router.h"
#include "notify/text_fit.h"

struct look {
    const struct registry *registry;
    const struct routing_table *table;
    int64_t from_ms, to_ms;
    event_say_cb say;
    void *arg;
};

bool reminder_is_due(int64_t since_ms, int64_t from_ms, int64_t to_ms)
{
    int64_t distance_ms = REMINDER_FIRST_MS;
    int64_t at_ms = since_ms + distance_ms;

    while (at_ms <= from_ms && distance_ms < REMINDER_MAX_MS) {
        distance_ms = 2 * distance_ms < REMINDER_MAX_MS ? 2 * distance_ms : REMINDER_MAX_MS;
        at_ms += distance_ms;
    }
    if (at_ms <= from_ms)
        at_ms += ((from_ms - at_ms) / REMINDER_MAX_MS + 1) * REMINDER_MAX_MS;
    return at_ms <= to_ms;
}

static bool wants_any(const struct routing_table *table)
{
    for (unsigned i = 0; i < table->routes_count; i++) {
        if (table->routes[i].remind)
            return true;
    }
    return false;
}

static void remind(const struct look *look, const struct service *service, const char *state,
                   int64_t since_ms, enum event_severity severity)
{
    struct route_match matches[ROUTE_MATCHES_MAX];
    size_t count = routing_table_match(look->table, service->id, matches);
    struct event event = {.kind = EVENT_REMARK, .severity = severity, .service = service->id};
    struct buf sinks = {0}, text = {0};
    char *names, *words;

    for (size_t i = 0; i < count; i++) {
        if (matches[i].route != NULL && matches[i].route->remind)
            buf_printf(&sinks, "%s%s", buf_length(&sinks) > 0 ? "," : "", matches[i].sink);
    }
    buf_puts(&text, "still ");
    text_fit_add(&text, state, ROUTER_SINKS_SIZE);
    buf_puts(&text, ", for ");
    time_format_span(&text, look->to_ms - since_ms);
    names = buf_take(&sinks);
    words = buf_take(&text);
    event.sinks = names;
    event.text = words;
    if (*names != '\0')
        look->say(look->arg, &event);
    free(names);
    free(words);
}

static void on_service(void *arg, const struct service *service)
{
    const struct look *look = arg;
    struct service_snapshot memory;
    enum event_severity severity;
    const char *text;

    service_snapshot_take(look->registry, service, &memory);
    if (memory.availability == SERVICE_UNAVAILABLE) {
        if (reminder_is_due(memory.since_ms, look->from_ms, look->to_ms))
            remind(look, service, "not available", memory.since_ms, EVENT_DANGER);
        return;
    }
    text = memory.has_code ? service_text(service, memory.code) : NULL;
    if (text == NULL || !reminder_is_due(memory.code_since_ms, look->from_ms, look->to_ms))
        return;
    severity = routing_table_severity(look->table, memory.code, text);
    if (severity != EVENT_GOOD)
        remind(look, service, text, memory.code_since_ms, severity);
}

void reminder_look(const struct registry *registry, const struct routing_table *table, int64_t from_ms,
                   int64_t to_ms, event_say_cb say, void *arg)
{
    struct look look = {registry, table, from_ms, to_ms, say, arg};

    if (wants_any(table))
        registry_each(registry, on_service, &look);
}
