/* SPDX-License-Identifier: MIT */
#include "alert/reminder.h"

#include <stdlib.h>
#include <string.h>

#include "base/moment.h"
#include "base/print.h"
#include "monitor/registry_memory.h"
#include "notify/router.h"
#include "notify/text.h"

struct look {
    const struct registry *registry;
    const struct plan *plan;
    int64_t from_ms, to_ms;
    news_say_cb say;
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

static bool wants_any(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->routes_count; i++) {
        if (plan->routes[i].remind)
            return true;
    }
    return false;
}

static void remind(const struct look *look, const struct service *service, const char *state,
                   int64_t since_ms, enum event_severity severity)
{
    struct plan_way ways[PLAN_WAYS_MAX];
    size_t count = plan_ways(look->plan, service->id, ways);
    struct event event = {.kind = EVENT_REMARK, .severity = severity, .service = service->id};
    struct buf sinks = {0}, text = {0};
    char *names, *words;

    for (size_t i = 0; i < count; i++) {
        if (ways[i].route != NULL && ways[i].route->remind)
            print_format(&sinks, "%s%s", buf_length(&sinks) > 0 ? "," : "", ways[i].sink);
    }
    print_text(&text, "still ");
    text_add(&text, state, ROUTER_SINKS_SIZE);
    print_text(&text, ", for ");
    moment_span(&text, look->to_ms - since_ms);
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
    struct registry_memory memory;
    enum event_severity severity;
    const char *text;

    registry_memory_of(look->registry, service, &memory);
    if (memory.presence == SERVICE_UNAVAILABLE) {
        if (reminder_is_due(memory.since_ms, look->from_ms, look->to_ms))
            remind(look, service, "not available", memory.since_ms, EVENT_DANGER);
        return;
    }
    text = memory.has_code ? service_text(service, memory.code) : NULL;
    if (text == NULL || !reminder_is_due(memory.code_since_ms, look->from_ms, look->to_ms))
        return;
    severity = plan_severity(look->plan, memory.code, text);
    if (severity != EVENT_GOOD)
        remind(look, service, text, memory.code_since_ms, severity);
}

void reminder_look(const struct registry *registry, const struct plan *plan, int64_t from_ms, int64_t to_ms,
                   news_say_cb say, void *arg)
{
    struct look look = {registry, plan, from_ms, to_ms, say, arg};

    if (wants_any(plan))
        registry_each(registry, on_service, &look);
}
