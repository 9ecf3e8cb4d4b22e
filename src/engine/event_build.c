/* SPDX-License-Identifier: MIT */
#include "engine/event_build.h"

#include <assert.h>
#include <stdio.h>

#define LOG_MODULE "engine"
#include "base/log.h"

/* The kinds of events begin with those of transitions. */
static_assert((int)TRANSITION_STATUS == (int)EVENT_STATUS &&
                  (int)TRANSITION_AVAILABLE == (int)EVENT_AVAILABLE &&
                  (int)TRANSITION_UNAVAILABLE == (int)EVENT_UNAVAILABLE,
              "a transition is an event of the same kind");

static void reason_text(const struct service *service, const struct transition *transition,
                        char text[EVENT_BUILD_REASON_MAX])
{
    switch (transition->reason) {
    case REASON_SILENT:
        (void)snprintf(text, EVENT_BUILD_REASON_MAX, "no status for %llu s",
                       (unsigned long long)service->timeout_ms / 1000);
        break;
    case REASON_CONNECTION_LOST:
        (void)snprintf(text, EVENT_BUILD_REASON_MAX, "connection lost");
        break;
    case REASON_NEVER_REPORTED:
        (void)snprintf(text, EVENT_BUILD_REASON_MAX, "never reported");
        break;
    case REASON_NONE:
        *text = '\0';
        break;
    }
}

static enum event_severity severity(const struct routing_table *table, const struct transition *transition)
{
    if (transition->kind == TRANSITION_STATUS)
        return routing_table_severity(table, transition->code, transition->text);
    return transition->kind == TRANSITION_AVAILABLE ? EVENT_GOOD : EVENT_DANGER;
}

void event_build_write(struct event_build *build, uint64_t id, const struct routing_table *table,
                       const struct service *service, const struct transition *transition, int64_t at_ms,
                       int64_t since_ms)
{
    bool status = transition->kind == TRANSITION_STATUS;

    build->event = (struct event){
        .id = id,
        .kind = (enum event_kind)transition->kind,
        .severity = severity(table, transition),
        .service = service->id,
        .text = status ? transition->text : build->reason,
        .previous = status ? transition->previous : "",
        .code = status ? transition->code : EVENT_NO_CODE,
        .previous_code = status ? transition->previous_code : EVENT_NO_CODE,
        .at_ms = at_ms,
        .since_ms = since_ms,
    };
    reason_text(service, transition, build->reason);
}

void event_build_log(const struct event *event)
{
    unsigned long long id = event->id;

    switch (event->kind) {
    case EVENT_STATUS:
        log_info("status changed service=%s status=%s previous=%s event=%llu", event->service, event->text,
                 event->previous, id);
        break;
    case EVENT_AVAILABLE:
        log_info("available service=%s event=%llu", event->service, id);
        break;
    case EVENT_UNAVAILABLE:
        log_info("not available service=%s reason=%s event=%llu", event->service, event->text, id);
        break;
    case EVENT_MASS_OUTAGE:
        log_warning("%s event=%llu", event->text, id);
        break;
    case EVENT_FLAPPING:
        log_info("flapping service=%s often=%s event=%llu", event->service, event->text, id);
        break;
    case EVENT_STABLE:
        log_info("stable service=%s status=%s event=%llu", event->service,
                 event->previous[0] != '\0' ? event->previous : event->text, id);
        break;
    case EVENT_REMINDER:
        log_info("reminder service=%s state=%s event=%llu", event->service, event->text, id);
        break;
    case EVENT_REMARK:
        log_info("remark about=%s text=%s event=%llu", event->service, event->text, id);
        break;
    }
}
