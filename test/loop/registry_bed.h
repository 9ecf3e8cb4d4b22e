/* SPDX-License-Identifier: MIT */
/*
 * registry_bed - a registry on a loop of its own, whose transitions are appended to a line of text. The clock
 * of the loop is virtual_clock; the wall clock shows BED_WALL_MS and stands still.
 */
#ifndef PROCJON_TEST_REGISTRY_BED_H
#define PROCJON_TEST_REGISTRY_BED_H

#include <stdio.h>
#include <string.h>

#include "engine/loop_clock.h"
#include "engine/registry.h"
#include "engine/service_snapshot.h"
#include "virtual_clock.h"

#define BED_WALL_MS INT64_C(1700000000000)
/* After a deadline the loop runs one more iteration, to read reports. */
#define BED_TURN_MS 1

struct bed {
    struct registry registry;
    uv_loop_t loop;
    uv_timer_t pause;
    char trace[1024]; /* "ID WHAT, ID WHAT" */
    size_t length;
    unsigned transitions, until, checkpoints, closed;
    /* Of the last transition: transition.at_ms, the wall-clock times, and the state with it. */
    uint64_t due_ms;
    int64_t at_ms, since_ms;
    struct service_snapshot snapshot;
};

static const struct service_status bed_statuses[] = {{0, (char *)"ok"}, {1, (char *)"nok"}};

static void bed_trace(struct bed *bed, const char *id, const char *what)
{
    bed->length += (size_t)snprintf(bed->trace + bed->length, sizeof bed->trace - bed->length, "%s%s %s",
                                    bed->length > 0 ? ", " : "", id, what);
    assert_true(bed->length < sizeof bed->trace);
}

static void bed_on_transition(struct registry *registry, const struct service *service,
                              const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    static const char *const reasons[] = {"?", "silent", "lost", "never"};
    struct bed *bed = container_of(registry, struct bed, registry);
    const char *what = transition->text;

    /* It was as long ago on the wall clock as on the clock of the loop. */
    assert_int_equal(virtual_clock_wall_ms - at_ms, loop_clock_begins(&bed->loop) - transition->at_ms);
    if (transition->kind == TRANSITION_AVAILABLE)
        what = transition->first ? "first" : "back";
    else if (transition->kind == TRANSITION_UNAVAILABLE)
        what = reasons[transition->reason];
    bed_trace(bed, service->id, what);
    if (++bed->transitions == bed->until)
        uv_stop(&bed->loop); /* or it would wait for the next timer first */
    bed->due_ms = transition->at_ms;
    bed->at_ms = at_ms;
    bed->since_ms = since_ms;
    registry_snapshot(registry, service, &bed->snapshot);
}

static void bed_on_checkpoint_soon(struct registry *registry)
{
    container_of(registry, struct bed, registry)->checkpoints++;
}

static void bed_on_closed(struct registry *registry)
{
    container_of(registry, struct bed, registry)->closed++;
}

static void bed_on_reached(struct registry *registry, const struct service *service)
{
    bed_trace(container_of(registry, struct bed, registry), service->id, "reached");
}

static const struct registry_ops bed_ops = {bed_on_transition, bed_on_checkpoint_soon, bed_on_reached,
                                            bed_on_closed};

static inline void bed_open(struct bed *bed, uint64_t disconnect_grace_ms, uint64_t restart_grace_ms)
{
    *bed = (struct bed){0};
    virtual_clock_start();
    virtual_clock_wall_ms = BED_WALL_MS;
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    assert_int_equal(uv_timer_init(&bed->loop, &bed->pause), 0);
    registry_open(&bed->registry, &bed->loop, disconnect_grace_ms, restart_grace_ms, &bed_ops);
}

static inline void bed_close(struct bed *bed)
{
    uv_close((uv_handle_t *)&bed->pause, NULL);
    registry_close(&bed->registry);
    registry_close(&bed->registry);
    assert_int_equal(bed->closed, 0);
    assert_int_equal(uv_run(&bed->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(bed->closed, 1);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
}

static inline struct service *bed_register(struct bed *bed, const char *id, uint64_t timeout_ms)
{
    uv_update_time(&bed->loop);
    return registry_register(&bed->registry, id, strlen(id), bed_statuses, 2, timeout_ms);
}

static inline void bed_report(struct bed *bed, struct report_stream *stream, const char *id, int32_t code)
{
    uv_update_time(&bed->loop);
    assert_true(registry_report(&bed->registry, stream, id, strlen(id), code));
}

/* Runs until there were so many transitions. */
static inline void bed_until(struct bed *bed, unsigned transitions)
{
    bed->until = transitions;
    while (bed->transitions < transitions)
        uv_run(&bed->loop, UV_RUN_DEFAULT);
}

static inline void bed_on_pause(uv_timer_t *pause)
{
    uv_stop(pause->loop);
}

/* Runs for so long. */
static inline void bed_pass(struct bed *bed, uint64_t ms)
{
    uv_update_time(&bed->loop);
    bed->until = 0;
    uv_timer_start(&bed->pause, bed_on_pause, ms, 0);
    uv_run(&bed->loop, UV_RUN_DEFAULT);
}

/* From now to the deadline of the service, for a span that begins now. */
static inline int64_t bed_left(const struct bed *bed, const struct service *service)
{
    return (int64_t)service_deadline(service) - (int64_t)loop_clock_begins(&bed->loop);
}

#endif
