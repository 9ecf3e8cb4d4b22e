/* SPDX-License-Identifier: MIT */
#include "engine/outage_question.h"

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/wall_clock.h"
#include "engine/dispatcher.h"

static void on_counting(uv_timer_t *timer);

static uint64_t now_ms(const struct dispatcher *dispatcher)
{
    return uv_now(dispatcher->question.counting.loop);
}

void outage_question_init(struct dispatcher *dispatcher, uv_loop_t *loop)
{
    (void)uv_timer_init(loop, &dispatcher->question.counting);
    uvx_own(&dispatcher->owner, (uv_handle_t *)&dispatcher->question.counting);
}

void outage_question_restore(struct dispatcher *dispatcher, size_t available)
{
    for (; available > 0; available--)
        mass_outage_available(&dispatcher->stages.mass_outage, MASS_OUTAGE_NEW, now_ms(dispatcher));
}

/* The question goes to its sinks even if the disk fails. */
static void log_failure(const struct err *err)
{
    if (err != NULL)
        log_error("mass outage not stored, sinks are notified anyway reason=%s", err->msg);
}

static void on_begun_stored(void *arg, const struct event *event, const struct err *err)
{
    struct dispatcher *dispatcher = arg;

    log_failure(err);
    dispatcher_answered(dispatcher, event);
    uvx_drop(&dispatcher->owner);
}

/* With the number that is known by now. */
static void store_question(struct dispatcher *dispatcher, store_event_cb done)
{
    struct outage_question *question = &dispatcher->question;
    struct store_notice notices[ROUTER_SINKS_MAX];
    size_t count = 0;

    mass_outage_text(&dispatcher->stages.mass_outage, question->text);
    for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
        if ((question->sinks >> sink & 1) != 0)
            notices[count++] = (struct store_notice){.event = question->event.id,
                                                     .sink = router_name(dispatcher->router, sink)};
    }
    uvx_hold(&dispatcher->owner);
    dispatcher->queued++;
    store_put_event(dispatcher->store, &question->event, notices, count, done, dispatcher);
}

static void wait(struct dispatcher *dispatcher)
{
    uint64_t wait_ms = mass_outage_wait(&dispatcher->stages.mass_outage, now_ms(dispatcher));

    (void)uv_timer_start(&dispatcher->question.counting, on_counting, wait_ms, 0);
}

/* The default sink, and all sinks that any route leads to: an outage is about no service by name. */
static uint64_t all_sinks(const struct dispatcher *dispatcher)
{
    uint64_t sinks = UINT64_C(1) << ROUTER_DEFAULT_SINK;

    for (unsigned i = 0; i < dispatcher->table->routes_count; i++) {
        int sink = router_find(dispatcher->router, dispatcher->table->routes[i].sink);

        if (sink >= 0)
            sinks |= UINT64_C(1) << sink;
    }
    return sinks;
}

static void ask(struct dispatcher *dispatcher)
{
    struct outage_question *question = &dispatcher->question;
    struct mass_outage *outage = &dispatcher->stages.mass_outage;

    /* The last question is not stored yet, and its services were back meanwhile: it stands for both. */
    if (question->event.id != 0) {
        mass_outage_skip(outage);
        (void)uv_timer_stop(&question->counting);
        return;
    }
    question->event = (struct event){
        .id = ++dispatcher->last_event,
        .kind = EVENT_MASS_OUTAGE,
        .severity = EVENT_DANGER,
        .service = "",
        .text = question->text,
        .previous = "",
        .code = EVENT_NO_CODE,
        .previous_code = EVENT_NO_CODE,
        .at_ms = wall_clock_now(),
    };
    question->sinks = all_sinks(dispatcher);
    outage->asking = true;
    store_question(dispatcher, on_begun_stored);
    wait(dispatcher);
}

static void on_counted_stored(void *arg, const struct event *event, const struct err *err)
{
    struct dispatcher *dispatcher = arg;
    struct outage_question *question = &dispatcher->question;

    log_failure(err);
    if (!dispatcher->owner.closing) {
        for (unsigned sink = 0; sink < ROUTER_SINKS_MAX; sink++) {
            if ((question->sinks >> sink & 1) != 0)
                router_put(dispatcher->router, sink, digest_entry_new(event));
        }
        question->event.id = 0;
        dispatcher->stages.mass_outage.asking = false;
        dispatcher_release_outage(dispatcher);
    }
    dispatcher_answered(dispatcher, event);
    uvx_drop(&dispatcher->owner);
}

static void on_counting(uv_timer_t *timer)
{
    struct dispatcher *dispatcher = container_of(timer, struct dispatcher, question.counting);
    struct mass_outage *outage = &dispatcher->stages.mass_outage;
    uint64_t wait_ms = mass_outage_wait(outage, now_ms(dispatcher));

    if (wait_ms > 0) {
        (void)uv_timer_start(timer, on_counting, wait_ms, 0);
    } else if (outage->phase == MASS_OUTAGE_ASKED) {
        store_question(dispatcher, on_counted_stored);
        decision_log(&dispatcher->question.event);
    } else if (!outage->asking) {
        dispatcher_release_outage(dispatcher);
    }
}

void outage_question_step(struct dispatcher *dispatcher)
{
    enum mass_outage_phase phase = dispatcher->stages.mass_outage.phase;

    if (phase == MASS_OUTAGE_GROWING)
        wait(dispatcher);
    else if (phase == MASS_OUTAGE_COUNTING)
        ask(dispatcher);
}

uint64_t outage_question_sinks(const struct dispatcher *dispatcher)
{
    return dispatcher->question.event.id != 0 ? dispatcher->question.sinks : 0;
}

void outage_question_close(struct dispatcher *dispatcher)
{
    if (dispatcher->stages.mass_outage.phase == MASS_OUTAGE_COUNTING)
        store_question(dispatcher, on_begun_stored);
    uvx_shut((uv_handle_t *)&dispatcher->question.counting);
}
