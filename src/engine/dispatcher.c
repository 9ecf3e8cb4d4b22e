/* SPDX-License-Identifier: MIT */
#include "engine/dispatcher.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/mem.h"
#include "base/time_format.h"
#include "base/wall_clock.h"
#include "engine/event_build.h"
#include "engine/notice_rows.h"
#include "engine/checkpoint.h"

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

static void flush(struct dispatcher *dispatcher)
{
    outgoing_flush(&dispatcher->outgoing, dispatcher->router);
}

void dispatcher_answered(struct dispatcher *dispatcher)
{
    dispatcher->outgoing.answered++;
    flush(dispatcher);
}

static void on_transition_stored(void *arg, const struct event *event, const struct err *err)
{
    struct dispatcher *dispatcher = arg;

    /* Only now: the turn of the loop in which thousands are lost need not write all their lines as well. */
    event_build_log(event);
    if (err != NULL) {
        dispatcher->ops->unsaved(dispatcher);
        log_error("transition not stored, telling it all the same service=%s reason=%s", event->service,
                  err->msg);
    }
    dispatcher_answered(dispatcher);
}

static void on_event_stored(void *arg, const struct event *event, const struct err *err)
{
    event_build_log(event);
    if (err != NULL)
        log_error("event not stored, telling it all the same about=%s reason=%s", event->service, err->msg);
    dispatcher_answered(arg);
}

/* ---- held ─▶ released ---- */

static void on_released(void *arg, unsigned sink, struct digest_entry *entry)
{
    struct dispatcher *dispatcher = arg;

    outgoing_put(&dispatcher->outgoing, sink, entry, true);
}

static void on_release_stored(void *arg, const struct err *err)
{
    (void)arg;
    if (err != NULL)
        log_error("release not stored, a restart may hold the notice again reason=%s", err->msg);
}

/* On disk they still wait for a number that only this process knows. */
static void on_reached(void *arg, unsigned sink, struct digest_entry *entry)
{
    struct dispatcher *dispatcher = arg;

    store_release(dispatcher->store, router_name(dispatcher->router, sink), entry->ids.list, entry->ids.count,
                  wall_clock_now(), on_release_stored, dispatcher);
    outgoing_put(&dispatcher->outgoing, sink, entry, true);
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

static void on_due(uv_timer_t *timer)
{
    struct dispatcher *dispatcher = container_of(timer, struct dispatcher, due);
    int64_t next_ms = held_notices_pass_time(&dispatcher->stages.held, (int64_t)uv_now(timer->loop),
                                             on_released, dispatcher);

    due_at(dispatcher, next_ms);
    flush(dispatcher);
}

void dispatcher_release_outage(struct dispatcher *dispatcher)
{
    held_notices_pass_stage(&dispatcher->stages.held, STAGE_MASS_OUTAGE, on_released, dispatcher);
    flush(dispatcher);
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
        dispatcher_reached(dispatcher, id, reports); /* it will never report again */
}

void dispatcher_reached(struct dispatcher *dispatcher, const char *service, uint64_t reports)
{
    uint64_t next =
        held_notices_pass_reports(&dispatcher->stages.held, service, reports, on_reached, dispatcher);

    await_reports(dispatcher, service, next);
    flush(dispatcher);
}

/* ---- event ─▶ decision ─▶ store ---- */

static void apply_told(struct dispatcher *dispatcher, const struct event *event, unsigned sink,
                       const struct decision_reason *reason)
{
    struct digest_entry *entry = held_notices_take(&dispatcher->stages.held, event->service, sink);

    if (entry != NULL && reason->held_outcome != NULL) {
        digest_entry_free(entry);
        entry = NULL;
    }
    if (entry != NULL)
        digest_entry_add(entry, event);
    else
        entry = digest_entry_new(event);
    outgoing_put(&dispatcher->outgoing, sink, entry, false);
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

static void apply(struct dispatcher *dispatcher, const struct event *event, const struct decision *decision)
{
    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        const struct decision_reason *reason = &decision->reasons[sink];

        if ((decision->told >> sink & 1) != 0)
            apply_told(dispatcher, event, sink, reason);
        else if ((decision->held >> sink & 1) != 0)
            dispatcher_hold(dispatcher, event, sink, reason->stages, reason->until_ms, reason->reports);
        else if ((decision->suppressed >> sink & 1) != 0)
            apply_suppressed(dispatcher, event, sink, reason);
    }
    flush(dispatcher);
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

static void decide(const struct dispatcher *dispatcher, const struct event *event,
                   const struct recipients *recipients, uint64_t reports, struct decision *decision)
{
    struct stage_input input = {.event = event, .reports = reports, .happened_ms = happened_ms(event->at_ms)};

    decision->told = decision->held = decision->suppressed = 0;
    for (size_t i = 0; i < recipients->count; i++) {
        input.route = recipients->matches[i].route;
        input.sink = sink_of(dispatcher, &recipients->matches[i]);
        decision_add(decision, &dispatcher->stages, &input);
    }
}

/* No transition, so no state is written with it. `event` has no id and no time yet. */
static void announce(struct dispatcher *dispatcher, const struct event *event, uint64_t sinks)
{
    struct event said = *event;
    struct notice_rows rows = {0};
    struct decision decision = {0};
    struct stage_input input = {.event = &said, .happened_ms = loop_ms()};

    said.id = ++dispatcher->last_event;
    said.at_ms = wall_clock_now();
    for (input.sink = 0; input.sink < ROUTER_SINKS_MAX; input.sink++) {
        if ((sinks >> input.sink & 1) != 0)
            decision_add(&decision, &dispatcher->stages, &input);
    }
    notice_rows_fill(&rows, &said, &decision, &dispatcher->stages.held, dispatcher->router, loop_ms());
    dispatcher->outgoing.queued++;
    store_put_event(dispatcher->store, &said, rows.rows, rows.count, on_event_stored, dispatcher);
    notice_rows_fini(&rows);
    apply(dispatcher, &said, &decision);
}

void dispatcher_announce(struct dispatcher *dispatcher, const struct event *event, uint64_t sinks)
{
    if (sinks != 0)
        announce(dispatcher, event, sinks);
}

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
    announce(dispatcher, &event, sinks);
    free(text);
}

/* Told before the change with which it begins is stored: of the two, the word may be on disk alone. */
static void count_change(struct dispatcher *dispatcher, const char *service,
                         const struct recipients *recipients)
{
    struct flap *flap = &dispatcher->stages.flap;
    int64_t now_ms = (int64_t)uv_now(dispatcher->due.loop);
    uint64_t sinks = 0;

    for (size_t i = 0; i < recipients->count; i++) {
        if (recipients->matches[i].route != NULL && recipients->matches[i].route->flapping)
            sinks |= UINT64_C(1) << sink_of(dispatcher, &recipients->matches[i]);
    }
    if (sinks == 0 && flap_sinks(flap, service) == 0)
        return;
    if (!flap_change(flap, service, now_ms))
        return;
    announce_flapping(dispatcher, service, sinks);
    flap_begin(flap, service, now_ms, sinks);
}

void dispatcher_transition(struct dispatcher *dispatcher, const struct service *service,
                           const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct notice_rows rows = {0};
    struct recipients recipients;
    struct event_build build;
    struct decision decision;
    struct store_state state;

    recipients.count = routing_table_match(dispatcher->table, service->id, recipients.matches);
    count_change(dispatcher, service->id, &recipients);
    outage_question_observe(dispatcher, transition, at_ms, since_ms);
    event_build_write(&build, ++dispatcher->last_event, dispatcher->table, service, transition, at_ms,
                      since_ms);
    decide(dispatcher, &build.event, &recipients, registry_reports(service), &decision);
    notice_rows_fill(&rows, &build.event, &decision, &dispatcher->stages.held, dispatcher->router,
                     happened_ms(at_ms));
    checkpoint_state(dispatcher->registry, service, &state);
    dispatcher->outgoing.queued++;
    store_put_transition(dispatcher->store, &state, &build.event, rows.rows, rows.count, on_transition_stored,
                         dispatcher);
    notice_rows_fini(&rows);
    apply(dispatcher, &build.event, &decision);
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
    uint64_t sinks = outgoing_sinks(&dispatcher->outgoing);

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
    outgoing_fini(&dispatcher->outgoing);
    held_notices_fini(&dispatcher->stages.held);
    uvx_owner_close(&dispatcher->owner, on_gone);
    uvx_shut((uv_handle_t *)&dispatcher->due);
}
