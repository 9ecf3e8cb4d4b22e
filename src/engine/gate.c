/* SPDX-License-Identifier: MIT */
#include "engine/gate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "engine"
#include "engine/event_build.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wall_clock.h"
#include "engine/loop_clock.h"

/* An event that waits, in one allocation with its strings behind it. */
struct gate_held {
    struct gate_held *next;
    struct event event;
};

static void on_counting(uv_timer_t *timer);

void gate_open(struct gate *gate, uv_loop_t *loop, struct store *store, struct router *router,
               uint64_t *last_event)
{
    *gate = (struct gate){.store = store, .router = router};
    gate->last_event = last_event;
    gate->held_end = &gate->held;
    (void)uv_timer_init(loop, &gate->counting);
    uvx_own(&gate->owner, (uv_handle_t *)&gate->counting);
}

static uint64_t now_ms(const struct gate *gate)
{
    return uv_now(gate->counting.loop);
}

void gate_remember(struct gate *gate, size_t live)
{
    for (; live > 0; live--)
        mass_outage_join(&gate->loss, MASS_OUTAGE_NEW, now_ms(gate));
}

/* A disk that fails keeps nobody from being told. */
static void warn(const struct err *err)
{
    if (err != NULL)
        log_error("loss of many not stored, telling it all the same reason=%s", err->msg);
}

static void on_noted(void *arg, const struct event *event, const struct err *err)
{
    struct gate *gate = arg;

    (void)event;
    warn(err);
    uvx_drop(&gate->owner);
}

/* With what is known by now. */
static void put_question(struct gate *gate, store_event_cb done)
{
    mass_outage_text(&gate->loss, gate->text);
    uvx_hold(&gate->owner);
    store_put_event(gate->store, &gate->question, done, gate);
}

static void wait(struct gate *gate)
{
    (void)uv_timer_start(&gate->counting, on_counting, mass_outage_wait(&gate->loss, now_ms(gate)), 0);
}

static void ask(struct gate *gate)
{
    /* The disk has not taken the last question yet, and already everything was back and lost again. */
    if (gate->question.id != 0) {
        mass_outage_settle(&gate->loss);
        (void)uv_timer_stop(&gate->counting);
        return;
    }
    gate->question = (struct event){
        .id = ++*gate->last_event,
        .kind = EVENT_MASS_OUTAGE,
        .severity = EVENT_DANGER,
        .service = "",
        .text = gate->text,
        .previous = "",
        .at_ms = wall_clock_now(),
        .sinks = gate->sinks,
        .spared = "",
    };
    router_all_sinks(gate->router, gate->sinks);
    put_question(gate, on_noted);
    wait(gate);
}

static void release(struct gate *gate)
{
    struct gate_held *next = gate->held;

    gate->held = NULL;
    gate->held_end = &gate->held;
    router_gather(gate->router);
    for (struct gate_held *held = next; held != NULL; held = next) {
        next = held->next;
        router_add(gate->router, &held->event);
        free(held);
    }
}

static void on_counted(void *arg, const struct event *event, const struct err *err)
{
    struct gate *gate = arg;

    warn(err);
    if (!gate->owner.closing) {
        router_add(gate->router, event);
        gate->question.id = 0;
        release(gate);
    }
    uvx_drop(&gate->owner);
}

static void on_counting(uv_timer_t *timer)
{
    struct gate *gate = container_of(timer, struct gate, counting);
    uint64_t wait_ms = mass_outage_wait(&gate->loss, now_ms(gate));

    if (wait_ms > 0) {
        (void)uv_timer_start(&gate->counting, on_counting, wait_ms, 0);
    } else if (gate->loss.phase == MASS_OUTAGE_ASKED) {
        put_question(gate, on_counted);
        event_build_log(&gate->question);
    } else if (gate->question.id == 0) {
        release(gate);
    }
}

static void leave(struct gate *gate)
{
    enum mass_outage_phase before = gate->loss.phase;
    enum mass_outage_phase after = mass_outage_leave(&gate->loss, now_ms(gate));

    if (after == before)
        return;
    if (before == MASS_OUTAGE_NONE)
        gate->held_from = *gate->last_event;
    if (after == MASS_OUTAGE_GROWING)
        wait(gate);
    else if (after == MASS_OUTAGE_COUNTING)
        ask(gate);
}

void gate_observe(struct gate *gate, const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    switch (transition->kind) {
    case TRANSITION_AVAILABLE:
        mass_outage_join(&gate->loss,
                         transition->first ? MASS_OUTAGE_NEW : loop_clock_elapsed(at_ms, since_ms),
                         now_ms(gate));
        break;
    case TRANSITION_UNAVAILABLE:
        if (transition->reason != REASON_NEVER_REPORTED) /* else it never was live */
            leave(gate);
        break;
    case TRANSITION_STATUS:
        break;
    }
}

static const char *keep(char **end, const char *text)
{
    const char *copy = *end;

    *end = stpcpy(*end, text) + 1;
    return copy;
}

static void hold(struct gate *gate, const struct event *event)
{
    size_t strings = strlen(event->service) + strlen(event->text) + strlen(event->previous) +
                     strlen(event->sinks) + strlen(event->spared) + 5;
    struct gate_held *held = mem_alloc(sizeof *held + strings);
    char *end = (char *)(held + 1);

    *held = (struct gate_held){.event = *event};
    held->event.service = keep(&end, event->service);
    held->event.text = keep(&end, event->text);
    held->event.previous = keep(&end, event->previous);
    held->event.sinks = keep(&end, event->sinks);
    held->event.spared = keep(&end, event->spared);
    *gate->held_end = held;
    gate->held_end = &held->next;
}

void gate_pass(struct gate *gate, const struct event *event)
{
    enum mass_outage_phase phase = gate->loss.phase;
    bool holding = phase == MASS_OUTAGE_GROWING || phase == MASS_OUTAGE_COUNTING || gate->question.id != 0;

    if (holding && event->id >= gate->held_from)
        hold(gate, event);
    else
        router_add(gate->router, event);
}

static void on_gone(struct uvx_owner *owner)
{
    struct gate *gate = container_of(owner, struct gate, owner);

    gate->closed(gate);
}

void gate_close(struct gate *gate, void (*closed)(struct gate *gate))
{
    struct gate_held *next;

    if (gate->owner.closing)
        return;
    gate->closed = closed;
    if (gate->loss.phase == MASS_OUTAGE_COUNTING)
        put_question(gate, on_noted);
    for (struct gate_held *held = gate->held; held != NULL; held = next) {
        next = held->next;
        free(held);
    }
    gate->held = NULL;
    gate->held_end = &gate->held;
    uvx_owner_close(&gate->owner, on_gone);
    uvx_shut((uv_handle_t *)&gate->counting);
}
