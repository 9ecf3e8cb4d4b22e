/* SPDX-License-Identifier: MIT */
#include "engine/suppression/reminder.h"

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

bool reminder_make(const struct service *service, const struct service_snapshot *snapshot,
                   const struct routing_table *table, struct event *event)
{
    *event = (struct event){
        .kind = EVENT_REMINDER,
        .severity = EVENT_DANGER,
        .service = service->id,
        .text = "not available",
        .previous = "",
        .code = EVENT_NO_CODE,
        .previous_code = EVENT_NO_CODE,
        .since_ms = snapshot->since_ms,
    };
    if (snapshot->availability == SERVICE_UNAVAILABLE)
        return true;
    event->text = snapshot->has_code ? service_text(service, snapshot->code) : NULL;
    if (event->text == NULL)
        return false;
    event->since_ms = snapshot->code_since_ms;
    event->severity = routing_table_severity(table, snapshot->code, event->text);
    return event->severity != EVENT_GOOD;
}
