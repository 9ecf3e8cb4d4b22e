/* SPDX-License-Identifier: MIT */
#include "engine/dispatcher.h"

#include <assert.h>
#include <stdlib.h>
#include <utlist.h>

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/mem.h"
#include "base/wall_clock.h"
#include "engine/stored_state.h"

static int64_t loop_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

/* When it happened by the loop's clock, which no step of the wall clock lengthens. */
static int64_t happened_ms(int64_t at_ms)
{
    int64_t ago_ms = wall_clock_now() - at_ms;

    return loop_ms() - (ago_ms > 0 ? ago_ms : 0);
}

/* ---- committed ─▶ router ---- */

struct outgoing_notice {
    struct outgoing_notice *prev, *next;
    uint64_t after; /* of dispatcher->answered */
    unsigned sink;
    bool released;
    struct digest_entry *entry; /* owned */
};

void dispatcher_tell(struct dispatcher *dispatcher, unsigned sink, struct digest_entry *entry, bool released)
{
    struct outgoing_notice *notice = mem_alloc(sizeof *notice);

    *notice = (struct outgoing_notice){
        .after = dispatcher->queued, .sink = sink, .released = released, .entry = entry};
    DL_APPEND(dispatcher->outgoing, notice);
}

void dispatcher_flush(struct dispatcher *dispatcher)
{
    bool gathered = false;

    while (dispatcher->outgoing != NULL && dispatcher->outgoing->after <= dispatcher->answered) {
        struct outgoing_notice *first = dispatcher->outgoing;

        if (first->released && !gathered) {
            router_gather(dispatcher->router);
            gathered = true;
        }
        DL_DELETE(dispatcher->outgoing, first);
        router_put(dispatcher->router, first->sink, first->entry);
        free(first);
    }
}

static void drop_outgoing(struct dispatcher *dispatcher)
{
    struct outgoing_notice *notice, *next;

    DL_FOREACH_SAFE(dispatcher->outgoing, notice, next)
    {
        DL_DELETE(dispatcher->outgoing, notice);
        digest_entry_free(notice->entry);
        free(notice);
    }
}

void dispatcher_answered(struct dispatcher *dispatcher)
{
    dispatcher->answered++;
    dispatcher_flush(dispatcher);
}

static void on_transition_stored(void *arg, const struct event *event, const struct err *err)
{
    struct dispatcher *dispatcher = arg;

    /* Only now: the turn of the loop in which thousands are lost need not write all their lines as well. */
    decision_log(event);
    if (err != NULL) {
        dispatcher->ops->unsaved(dispatcher);
        log_error("transition not stored, telling it all the same service=%s reason=%s", event->service,
                  err->msg);
    }
    dispatcher_answered(dispatcher);
}

static void on_event_stored(void *arg, const struct event *event, const struct err *err)
{
    decision_log(event);
    if (err != NULL)
        log_error("event not stored, telling it all the same about=%s reason=%s", event->service, err->msg);
    dispatcher_answered(arg);
}

/* ---- event ─▶ decision ─▶ store ---- */

static void apply_told(struct dispatcher *dispatcher, const struct event *event, unsigned sink,
                       const struct decision_reason *reason)
{
    struct digest_entry *entry = NULL;

    if (dispatcher->stages.held.count > 0)
        entry = held_notices_take(&dispatcher->stages.held, event->service, sink);
    if (entry != NULL && reason->held_outcome != NULL) {
        digest_entry_free(entry);
        entry = NULL;
    }
    if (entry != NULL)
        digest_entry_add(entry, event);
    else
        entry = digest_entry_new(event);
    dispatcher_tell(dispatcher, sink, entry, false);
}

static void apply_suppressed(struct dispatcher *dispatcher, const struct event *event, unsigned sink,
                             const struct decision_reason *reason)
{
    struct digest_entry *entry = NULL;
    size_t count = 1;

    if (reason->held_outcome != NULL)
        entry = held_notices_take(&dispatcher->stages.held, event->service, sink);
    if (entry != NULL) {
        count += entry->ids.count;
        digest_entry_free(entry);
    }
    dispatcher->suppressed[sink][reason->stage] += count;
}

static void apply(struct dispatcher *dispatcher, const struct decision *decision)
{
    const struct event *event = &decision->event;

    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        const struct decision_reason *reason = &decision->reasons[sink];

        if ((decision->told >> sink & 1) != 0)
            apply_told(dispatcher, event, sink, reason);
        else if ((decision->held >> sink & 1) != 0)
            dispatcher_hold(dispatcher, event, sink, reason->stages, reason->until_ms, reason->reports);
        else if ((decision->suppressed >> sink & 1) != 0)
            apply_suppressed(dispatcher, event, sink, reason);
    }
    dispatcher_flush(dispatcher);
}

/* The sinks of the service, by the routes that lead there. */
struct recipients {
    struct route_match matches[ROUTE_MATCHES_MAX];
    size_t count;
};

static unsigned sink_of(const struct dispatcher *dispatcher, const struct route_match *match)
{
    int sink = router_find(dispatcher->router, match->sink);

    assert(sink >= 0); /* the table leads to sinks of the list only */
    return (unsigned)sink;
}

static void decide(const struct dispatcher *dispatcher, const struct recipients *recipients, uint64_t reports,
                   struct decision *decision)
{
    struct stage_input input = {
        .event = &decision->event, .reports = reports, .happened_ms = happened_ms(decision->event.at_ms)};

    for (size_t i = 0; i < recipients->count; i++) {
        input.route = recipients->matches[i].route;
        input.sink = sink_of(dispatcher, &recipients->matches[i]);
        decision_add(decision, &dispatcher->stages, &input);
    }
}

/* No transition, so no state is written with it. */
void dispatcher_announce(struct dispatcher *dispatcher, const struct event *event, uint64_t sinks)
{
    struct decision_rows rows = {0};
    struct decision decision = {.event = *event};
    struct stage_input input = {.event = &decision.event, .happened_ms = loop_ms()};

    if (sinks == 0)
        return;
    decision.event.id = ++dispatcher->last_event;
    decision.event.at_ms = wall_clock_now();
    for (input.sink = 0; input.sink < ROUTER_SINKS_MAX; input.sink++) {
        if ((sinks >> input.sink & 1) != 0)
            decision_add(&decision, &dispatcher->stages, &input);
    }
    decision_rows_fill(&rows, &decision, &dispatcher->stages.held, dispatcher->router, loop_ms());
    dispatcher->queued++;
    store_put_event(dispatcher->store, &decision.event, rows.rows, rows.count, on_event_stored, dispatcher);
    decision_rows_fini(&rows);
    apply(dispatcher, &decision);
}

/* Told before the change with which it begins is stored: of the two, the first may be on disk alone. */
static void count_change(struct dispatcher *dispatcher, const char *service,
                         const struct recipients *recipients)
{
    uint64_t sinks = 0;

    for (size_t i = 0; i < recipients->count; i++) {
        if (recipients->matches[i].route != NULL && recipients->matches[i].route->flapping)
            sinks |= UINT64_C(1) << sink_of(dispatcher, &recipients->matches[i]);
    }
    if (sinks != 0 || dispatcher->stages.flap.flapping > 0)
        dispatcher->ops->change(dispatcher, service, sinks);
}

void dispatcher_transition(struct dispatcher *dispatcher, const struct service *service,
                           const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct decision_rows rows = {0};
    struct recipients recipients;
    struct decision decision;
    struct store_state state;
    bool outage;

    recipients.count = routing_table_match(dispatcher->table, service->id, recipients.matches);
    count_change(dispatcher, service->id, &recipients);
    outage = mass_outage_observe(&dispatcher->stages.mass_outage, transition, at_ms, since_ms,
                                 (uint64_t)uv_now(dispatcher->due.loop));
    decision_begin(&decision, ++dispatcher->last_event, dispatcher->table, service, transition, at_ms,
                   since_ms);
    decide(dispatcher, &recipients, registry_reports(service), &decision);
    decision_rows_fill(&rows, &decision, &dispatcher->stages.held, dispatcher->router, happened_ms(at_ms));
    stored_state(dispatcher->registry, service, &state);
    dispatcher->queued++;
    store_put_transition(dispatcher->store, &state, &decision.event, rows.rows, rows.count,
                         on_transition_stored, dispatcher);
    decision_rows_fini(&rows);
    apply(dispatcher, &decision);
    if (outage)
        outage_question_step(dispatcher);
}

/* ---- the sinks ---- */

static void on_settled_stored(void *arg, const struct err *err)
{
    (void)arg;
    if (err != NULL)
        log_error("delivery not stored, a restart may repeat it reason=%s", err->msg);
}

void dispatcher_settled(struct dispatcher *dispatcher, unsigned sink, const uint64_t *ids, size_t count,
                        const char *outcome)
{
    store_settle(dispatcher->store, router_name(dispatcher->router, sink), ids, count, outcome,
                 wall_clock_now(), on_settled_stored, dispatcher);
}

uint64_t dispatcher_sinks(const struct dispatcher *dispatcher)
{
    const struct outgoing_notice *notice;
    uint64_t sinks = 0;

    DL_FOREACH(dispatcher->outgoing, notice)
    sinks |= UINT64_C(1) << notice->sink;

    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        if (dispatcher->stages.held.counts[sink] > 0)
            sinks |= UINT64_C(1) << sink;
    }
    return sinks;
}

/* ---- life ---- */

void dispatcher_open(struct dispatcher *dispatcher, uv_loop_t *loop, struct store *store,
                     struct router *router, struct registry *registry, const struct routing_table *table,
                     const struct dispatcher_ops *ops)
{
    *dispatcher = (struct dispatcher){
        .ops = ops, .store = store, .router = router, .registry = registry, .table = table};
    flap_init(&dispatcher->stages.flap, &flap_times_default);
    (void)uv_timer_init(loop, &dispatcher->due);
    uvx_own(&dispatcher->owner, (uv_handle_t *)&dispatcher->due);
    outage_question_init(dispatcher, loop);
}

static void on_gone(struct uvx_owner *owner)
{
    struct dispatcher *dispatcher = container_of(owner, struct dispatcher, owner);

    flap_fini(&dispatcher->stages.flap);
    dispatcher->ops->closed(dispatcher);
}

void dispatcher_close(struct dispatcher *dispatcher)
{
    if (dispatcher->owner.closing)
        return;
    outage_question_close(dispatcher);
    drop_outgoing(dispatcher);
    held_notices_fini(&dispatcher->stages.held);
    uvx_owner_close(&dispatcher->owner, on_gone);
    uvx_shut((uv_handle_t *)&dispatcher->due);
}
