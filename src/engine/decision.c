/* SPDX-License-Identifier: MIT */
#include "engine/decision.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/mem.h"
#include "engine/suppression/notify_after.h"

/* ---- the event ---- */

static_assert((int)TRANSITION_STATUS == (int)EVENT_STATUS &&
                  (int)TRANSITION_AVAILABLE == (int)EVENT_AVAILABLE &&
                  (int)TRANSITION_UNAVAILABLE == (int)EVENT_UNAVAILABLE,
              "a transition is an event of the same kind");

static void write_reason(const struct service *service, const struct transition *transition,
                         char text[DECISION_REASON_MAX])
{
    switch (transition->reason) {
    case REASON_SILENT:
        (void)snprintf(text, DECISION_REASON_MAX, "no status for %llu s",
                       (unsigned long long)service->timeout_ms / 1000);
        break;
    case REASON_CONNECTION_LOST:
        (void)snprintf(text, DECISION_REASON_MAX, "connection lost");
        break;
    case REASON_NEVER_REPORTED:
        (void)snprintf(text, DECISION_REASON_MAX, "never reported");
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

void decision_begin(struct decision *decision, uint64_t id, const struct routing_table *table,
                    const struct service *service, const struct transition *transition, int64_t at_ms,
                    int64_t since_ms)
{
    bool status = transition->kind == TRANSITION_STATUS;

    decision->event = (struct event){
        .id = id,
        .kind = (enum event_kind)transition->kind,
        .severity = severity(table, transition),
        .service = service->id,
        .text = status ? transition->text : decision->reason_text,
        .previous = status ? transition->previous : "",
        .code = status ? transition->code : EVENT_NO_CODE,
        .previous_code = status ? transition->previous_code : EVENT_NO_CODE,
        .at_ms = at_ms,
        .since_ms = since_ms,
    };
    write_reason(service, transition, decision->reason_text);
    decision->passed = decision->held = decision->suppressed = 0;
}

void decision_log(const struct event *event)
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

/* ---- the sinks ---- */

/* In the order in which they are asked; `state` is the offset in struct decision_stages. */
static const struct {
    stage_judge_cb judge;
    size_t state;
} stages[STAGES] = {
    [STAGE_FLAPPING] = {flap_judge, offsetof(struct decision_stages, flap)},
    [STAGE_MASS_OUTAGE] = {mass_outage_judge, offsetof(struct decision_stages, mass_outage)},
    [STAGE_NOTIFY_AFTER] = {notify_after_judge, offsetof(struct decision_stages, held)},
};

const char *const decision_stage_names[STAGES] = {
    [STAGE_FLAPPING] = "flapping",
    [STAGE_MASS_OUTAGE] = "mass_outage",
    [STAGE_NOTIFY_AFTER] = "notify_after",
};

static void hold(struct decision_reason *reason, enum stage stage, const struct stage_verdict *verdict)
{
    reason->stage = stage;
    reason->stages |= HELD_BY(stage);
    reason->until_ms = verdict->until_ms;
    reason->reports = verdict->reports;
}

void decision_add(struct decision *decision, const struct decision_stages *states,
                  const struct stage_input *input)
{
    struct decision_reason *reason = &decision->reasons[input->sink];
    uint64_t sink = UINT64_C(1) << input->sink;

    *reason = (struct decision_reason){.until_ms = STAGE_NO_TIME, .reports = STAGE_NO_REPORTS};
    for (enum stage stage = 0; stage < STAGES; stage++) {
        struct stage_verdict verdict = stages[stage].judge((const char *)states + stages[stage].state, input);

        if (verdict.held_outcome != NULL)
            reason->held_outcome = verdict.held_outcome;
        if (verdict.ruling == STAGE_HOLD)
            hold(reason, stage, &verdict);
        if (verdict.ruling == STAGE_SUPPRESS) {
            reason->stage = stage;
            reason->outcome = verdict.outcome;
            decision->suppressed |= sink;
            return;
        }
    }
    if (reason->stages != 0)
        decision->held |= sink;
    else
        decision->passed |= sink;
}

/* ---- the rows ---- */

void decision_rows_fini(struct decision_rows *rows)
{
    free(rows->rows);
    *rows = (struct decision_rows){0};
}

static void add_row(struct decision_rows *rows, const struct store_notice *notice)
{
    if (rows->count == rows->room) {
        rows->room = rows->room > 0 ? 2 * rows->room : 4;
        rows->rows = mem_realloc(rows->rows, rows->room * sizeof *rows->rows);
    }
    rows->rows[rows->count++] = *notice;
}

static void add_held(struct decision_rows *rows, struct store_notice notice,
                     const struct decision_reason *reason, int64_t at_ms, int64_t loop_ms)
{
    notice.held_by = decision_stage_names[reason->stage];
    if (reason->until_ms != STAGE_NO_TIME)
        notice.held_until_ms = at_ms + reason->until_ms - loop_ms;
    if (reason->reports != STAGE_NO_REPORTS)
        notice.held_reports = reason->reports;
    add_row(rows, &notice);
}

/* What NOTIFY_AFTER has held until now. */
static void add_earlier(struct decision_rows *rows, const struct store_notice *notice,
                        const struct digest_entry *entry, const struct decision_reason *reason, int64_t at_ms)
{
    const struct ids *lists[] = {&entry->ids, &entry->outdated};
    struct store_notice row = *notice;

    row.outcome = reason->held_outcome;
    row.held_by = decision_stage_names[STAGE_NOTIFY_AFTER];
    row.held_until_ms = at_ms;
    for (size_t list = 0; list < sizeof lists / sizeof lists[0]; list++) {
        for (size_t i = 0; i < lists[list]->count; i++) {
            row.event = lists[list]->list[i];
            add_row(rows, &row);
        }
    }
}

/* Whether NOTIFY_AFTER holds it no longer: it goes to the sink with the event, or is suppressed with it. */
static bool is_released(const struct held_notice *held, const struct decision_reason *reason)
{
    if (held == NULL || (held->stages & HELD_BY(STAGE_NOTIFY_AFTER)) == 0)
        return false;
    if (reason->outcome != NULL)
        return reason->held_outcome != NULL;
    return (reason->stages & HELD_BY(STAGE_NOTIFY_AFTER)) == 0;
}

void decision_rows_fill(struct decision_rows *rows, const struct decision *decision,
                        const struct held_notices *held, const struct router *router, int64_t loop_ms)
{
    const struct event *event = &decision->event;
    uint64_t sinks = decision->passed | decision->held | decision->suppressed;

    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        const struct decision_reason *reason = &decision->reasons[sink];
        struct store_notice notice = {.event = event->id};
        const struct held_notice *earlier;

        if ((sinks >> sink & 1) == 0)
            continue;
        notice.sink = router_name(router, sink);
        earlier = held_notices_find(held, event->service, sink);
        if (is_released(earlier, reason))
            add_earlier(rows, &notice, earlier->entry, reason, event->at_ms);
        notice.outcome = reason->outcome;
        if ((decision->held >> sink & 1) != 0)
            add_held(rows, notice, reason, event->at_ms, loop_ms);
        else
            add_row(rows, &notice);
    }
}
