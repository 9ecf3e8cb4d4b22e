/* SPDX-License-Identifier: MIT */
#include "engine/dispatcher.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
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

/* Converts a time of the wall clock to the loop's clock, which is not set. */
static int64_t happened_ms(int64_t at_ms)
{
    int64_t ago_ms = wall_clock_now() - at_ms;

    return loop_ms() - (ago_ms > 0 ? ago_ms : 0);
}

/* ---- committed -> router ---- */

/* What was held about one service for one sink. */
struct outgoing_notice {
    struct outgoing_notice *prev, *next;
    uint64_t after; /* it goes to its sink when dispatcher->answered is this number */
    unsigned sink;
    bool released;
    struct digest_entry *entry; /* owned */
};

static size_t notices_of(const struct digest_entry *entry)
{
    return entry->ids.count + entry->outdated.count;
}

static void enqueue(struct dispatcher *dispatcher, unsigned sink, struct digest_entry *entry, bool released)
{
    struct outgoing_notice *notice = mem_alloc(sizeof *notice);

    *notice = (struct outgoing_notice){
        .after = dispatcher->queued, .sink = sink, .released = released, .entry = entry};
    DL_APPEND(dispatcher->outgoing, notice);
    dispatcher->outgoing_counts[sink] += notices_of(entry);
}

void dispatcher_enqueue_released(struct dispatcher *dispatcher, unsigned sink, struct digest_entry *entry)
{
    enqueue(dispatcher, sink, entry, true);
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
        dispatcher->outgoing_counts[first->sink] -= notices_of(first->entry);
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

void dispatcher_answered(struct dispatcher *dispatcher, const struct event *event)
{
    dispatcher->answered++;
    if (dispatcher->owner.closing)
        return;
    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        if ((event->notified >> sink & 1) == 0)
            continue;
        dispatcher->outgoing_counts[sink]--;
        router_put(dispatcher->router, sink, digest_entry_new(event));
    }
    dispatcher_flush(dispatcher);
}

static void on_transition_stored(void *arg, const struct event *event, const struct err *err)
{
    struct dispatcher *dispatcher = arg;

    /* Logged here and not at the transition: one iteration of the loop may lose thousands of services. */
    decision_log(event);
    if (err != NULL) {
        dispatcher->ops->unsaved(dispatcher);
        log_error("transition not stored, sinks are notified anyway service=%s reason=%s", event->service,
                  err->msg);
    }
    dispatcher_answered(dispatcher, event);
}

static void on_event_stored(void *arg, const struct event *event, const struct err *err)
{
    decision_log(event);
    if (err != NULL)
        log_error("event not stored, sinks are notified anyway about=%s reason=%s", event->service, err->msg);
    dispatcher_answered(arg, event);
}

/* ---- event -> decision -> store ---- */

/* Suppresses what is held about the service for the sink; returns the number of notices. */
static size_t drop_held(struct dispatcher *dispatcher, const char *service, unsigned sink)
{
    struct digest_entry *entry = held_notices_take(&dispatcher->stages.held, service, sink);
    size_t count;

    if (entry == NULL)
        return 0;
    count = entry->ids.count + entry->outdated.count;
    digest_entry_free(entry);
    return count;
}

/* The sinks that nothing is held for. */
static uint64_t notified_alone(const struct dispatcher *dispatcher, const struct decision *decision)
{
    const struct held_notices *held = &dispatcher->stages.held;
    uint64_t sinks = decision->passed;

    for (unsigned sink = 0; held->count > 0 && sink < ROUTER_SINKS_MAX; sink++) {
        if ((sinks >> sink & 1) != 0 && held_notices_find(held, decision->event.service, sink) != NULL)
            sinks &= ~(UINT64_C(1) << sink);
    }
    return sinks;
}

/* Together with what was held about the service, unless it was dropped or released just now. */
static void notify_with_held(struct dispatcher *dispatcher, const struct event *event, unsigned sink)
{
    struct digest_entry *entry = held_notices_take(&dispatcher->stages.held, event->service, sink);

    if (entry != NULL)
        digest_entry_add(entry, event);
    else
        entry = digest_entry_new(event);
    enqueue(dispatcher, sink, entry, false);
}

static void apply_to_sink(struct dispatcher *dispatcher, const struct decision *decision, unsigned sink)
{
    const struct decision_reason *reason = &decision->reasons[sink];
    const struct event *event = &decision->event;
    uint64_t *suppressed = dispatcher->suppressed[sink];
    bool is_suppressed = (decision->suppressed >> sink & 1) != 0;

    /* NOTIFY_AFTER says so with its own outcome, or with EVENT_FLAPPING, which is not suppressed itself. */
    if (reason->held_outcome != NULL)
        suppressed[is_suppressed ? reason->stage : STAGE_FLAPPING] +=
            drop_held(dispatcher, event->service, sink);
    if (is_suppressed)
        suppressed[reason->stage]++;
    else if ((decision->held >> sink & 1) != 0)
        dispatcher_hold(dispatcher, event, sink, reason->stages, reason->until_ms, reason->reports);
    else if ((event->notified >> sink & 1) != 0)
        dispatcher->outgoing_counts[sink]++;
    else
        notify_with_held(dispatcher, event, sink);
}

static void apply(struct dispatcher *dispatcher, const struct decision *decision)
{
    uint64_t sinks = decision->passed | decision->held | decision->suppressed;

    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        if ((sinks >> sink & 1) != 0)
            apply_to_sink(dispatcher, decision, sink);
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

    assert(sink >= 0); /* routing_table_check has found each sink in the list */
    return (unsigned)sink;
}

/*
 * A sink that notices of the service are held for is asked about as well if no route leads there any more:
 * otherwise it would be notified of a state, and not that the state is over.
 */
static void decide_held(const struct dispatcher *dispatcher, struct stage_input *input,
                        struct decision *decision)
{
    const struct held_notices *held = &dispatcher->stages.held;
    uint64_t decided = decision->passed | decision->held | decision->suppressed;

    input->route = NULL;
    for (input->sink = 0; input->sink < ROUTER_SINKS_MAX; input->sink++) {
        if ((decided >> input->sink & 1) == 0 && held->counts[input->sink] > 0 &&
            held_notices_find(held, input->event->service, input->sink) != NULL)
            decision_add(decision, &dispatcher->stages, input);
    }
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
    if (dispatcher->stages.held.count > 0)
        decide_held(dispatcher, &input, decision);
}

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
    decision.event.notified = notified_alone(dispatcher, &decision);
    dispatcher->queued++;
    store_put_event(dispatcher->store, &decision.event, rows.rows, rows.count, on_event_stored, dispatcher);
    decision_rows_fini(&rows);
    apply(dispatcher, &decision);
}

/* Before the transition is decided: EVENT_FLAPPING precedes the first transition that is suppressed. */
static void count_transition(struct dispatcher *dispatcher, const char *service,
                             const struct recipients *recipients)
{
    uint64_t sinks = 0;

    for (size_t i = 0; i < recipients->count; i++) {
        if (recipients->matches[i].route != NULL && recipients->matches[i].route->flapping)
            sinks |= UINT64_C(1) << sink_of(dispatcher, &recipients->matches[i]);
    }
    if (sinks != 0 || dispatcher->stages.flap.flapping > 0)
        dispatcher->ops->transition(dispatcher, service, sinks);
}

void dispatcher_transition(struct dispatcher *dispatcher, const struct service *service,
                           const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct decision_rows rows = {0};
    struct recipients recipients;
    struct decision decision;
    struct store_state state;
    bool outage;

    /* The timer may be late: what is due is released, and does not wait again with this event. */
    if (dispatcher->stages.held.count > 0)
        dispatcher_release_due(dispatcher, happened_ms(at_ms));
    recipients.count = routing_table_match(dispatcher->table, service->id, recipients.matches);
    count_transition(dispatcher, service->id, &recipients);
    outage = mass_outage_observe(&dispatcher->stages.mass_outage, transition, at_ms, since_ms,
                                 (uint64_t)uv_now(dispatcher->due.loop));
    decision_begin(&decision, ++dispatcher->last_event, dispatcher->table, service, transition, at_ms,
                   since_ms);
    decide(dispatcher, &recipients, registry_reports(service), &decision);
    decision_rows_fill(&rows, &decision, &dispatcher->stages.held, dispatcher->router, happened_ms(at_ms));
    stored_state(dispatcher->registry, service, &state);
    decision.event.notified = notified_alone(dispatcher, &decision);
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
        log_error("outcome not stored, a restart may repeat the message reason=%s", err->msg);
}

void dispatcher_settled(struct dispatcher *dispatcher, unsigned sink, const uint64_t *ids, size_t count,
                        const char *outcome)
{
    store_settle(dispatcher->store, router_name(dispatcher->router, sink), ids, count, outcome,
                 wall_clock_now(), on_settled_stored, dispatcher);
}

size_t dispatcher_waiting(const struct dispatcher *dispatcher, unsigned sink)
{
    return dispatcher->stages.held.counts[sink] + dispatcher->outgoing_counts[sink] +
           (outage_question_sinks(dispatcher) >> sink & 1);
}

uint64_t dispatcher_sinks(const struct dispatcher *dispatcher)
{
    uint64_t sinks = 0;

    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        if (dispatcher_waiting(dispatcher, sink) > 0)
            sinks |= UINT64_C(1) << sink;
    }
    return sinks;
}

/* ---- open and close ---- */

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

/* A sink that was removed gets nothing more, and the number of one that is closed may be given to another. */
void dispatcher_reload(struct dispatcher *dispatcher, const struct routing_table *table)
{
    const struct router *router = dispatcher->router;
    uint64_t configured = 0;

    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        const struct sink_queue *queue = router->queues[sink];

        if (queue != NULL && sink_list_has(router->sinks, queue->name))
            configured |= UINT64_C(1) << sink;
        if (queue == NULL || queue->outbox.closing)
            memset(dispatcher->suppressed[sink], 0, sizeof dispatcher->suppressed[sink]);
    }
    flap_keep_sinks(&dispatcher->stages.flap, configured);
    dispatcher->table = table;
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
