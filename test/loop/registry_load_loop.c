/* SPDX-License-Identifier: MIT */
/* Many services: deadlines are exact, and a report allocates no memory and starts no timer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "counted.h"
#include "registry_bed.h"
#include "registry_quiet.h"

/* A deadline is at most 1 ms late (loop_clock.h), and the loop runs one more iteration after it. */
#define LATE_MS (1 + BED_TURN_MS)

/* Services "0", "1", …, with the time of their last reports; counts those that become unavailable. */
struct crowd {
    struct registry registry;
    uv_loop_t loop;
    struct report_stream stream;
    size_t count, silent;
    char (*ids)[8];
    uint64_t *seen_ms;
};

static void on_silent(struct registry *registry, const struct service *service,
                      const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct crowd *crowd = container_of(registry, struct crowd, registry);
    uint64_t seen_ms = crowd->seen_ms[strtoul(service->id, NULL, 10)];

    (void)at_ms;
    (void)since_ms;
    if (transition->kind != TRANSITION_UNAVAILABLE)
        return;
    assert_int_equal(uv_now(&crowd->loop) - seen_ms, service->timeout_ms + LATE_MS);
    crowd->silent++;
}

static void on_any(struct registry *registry, const struct service *service,
                   const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    (void)service;
    (void)at_ms;
    (void)since_ms;
    if (transition->kind == TRANSITION_UNAVAILABLE)
        container_of(registry, struct crowd, registry)->silent++;
}

static const struct registry_ops timed_ops = {
    .transition = on_silent, .checkpoint_soon = quiet_event, .closed = quiet_event};
static const struct registry_ops any_ops = {
    .transition = on_any, .checkpoint_soon = quiet_event, .closed = quiet_event};

static void crowd_open(struct crowd *crowd, size_t count, uint64_t restart_grace_ms,
                       const struct registry_ops *ops)
{
    *crowd = (struct crowd){.count = count};
    virtual_clock_start();
    crowd->ids = calloc(count, sizeof *crowd->ids);
    crowd->seen_ms = calloc(count, sizeof *crowd->seen_ms);
    for (size_t i = 0; i < count; i++)
        snprintf(crowd->ids[i], sizeof crowd->ids[i], "%u", (unsigned)i % 1000000);
    assert_int_equal(uv_loop_init(&crowd->loop), 0);
    registry_open(&crowd->registry, &crowd->loop, 0, restart_grace_ms, ops);
}

static void crowd_close(struct crowd *crowd)
{
    registry_close(&crowd->registry);
    assert_int_equal(uv_run(&crowd->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&crowd->loop), 0);
    free(crowd->ids);
    free(crowd->seen_ms);
}

static void crowd_register(struct crowd *crowd, size_t i, uint64_t timeout_ms)
{
    registry_register(&crowd->registry, crowd->ids[i], strlen(crowd->ids[i]), bed_statuses, 2, timeout_ms);
}

static void crowd_report(struct crowd *crowd, size_t i)
{
    uv_update_time(&crowd->loop);
    crowd->seen_ms[i] = uv_now(&crowd->loop);
    assert_true(registry_report(&crowd->registry, &crowd->stream, crowd->ids[i], strlen(crowd->ids[i]), 0));
}

static void a_thousand_deadlines_are_exact(void **state)
{
    struct crowd crowd;
    uint64_t seed = 3;

    (void)state;
    crowd_open(&crowd, 1000, 60000, &timed_ops);
    for (size_t i = 0; i < crowd.count; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        crowd_register(&crowd, i, 100 + (seed >> 33) % 400);
        crowd_report(&crowd, i);
    }
    for (size_t i = 0; i < crowd.count; i += 3) {
        if (i % 10 == 0)
            virtual_clock_pass(1);
        uv_run(&crowd.loop, UV_RUN_NOWAIT);
        crowd_report(&crowd, i);
    }
    while (crowd.silent < crowd.count)
        uv_run(&crowd.loop, UV_RUN_ONCE);
    crowd_close(&crowd);
}

/* CPU time; printed, and not judged. */
static double spent_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void a_report_allocates_nothing_and_starts_no_timer(void **state)
{
    enum { SERVICES = 1000, REPORTS = 1000000 };
    struct crowd crowd;
    double start_ns;

    (void)state;
    /* Without a restart grace each report is marked for the checkpoint, which is the longer path. */
    crowd_open(&crowd, SERVICES, 0, &any_ops);
    for (size_t i = 0; i < SERVICES; i++) {
        crowd_register(&crowd, i, 3600000);
        crowd_report(&crowd, i);
    }
    assert_true(counted_allocations > SERVICES &&
                counted_timer_starts == SERVICES); /* the counters do count */
    counted_allocations = 0;
    counted_timer_starts = 0;
    start_ns = spent_ns();
    for (size_t n = 0, i = 0; n < REPORTS; n++, i = (i + 1) % SERVICES)
        registry_report(&crowd.registry, &crowd.stream, crowd.ids[i], strlen(crowd.ids[i]), 0);
    print_message("report: %.1f ns\n", (spent_ns() - start_ns) / REPORTS);
    assert_int_equal(counted_allocations, 0);
    assert_int_equal(counted_timer_starts, 0);
    assert_int_equal(crowd.registry.reports, SERVICES + REPORTS);
    crowd_close(&crowd);
}

static void ten_thousand_services_become_unavailable_in_one_iteration_of_the_loop(void **state)
{
    struct crowd crowd;
    double start_ns;

    (void)state;
    crowd_open(&crowd, 10000, 60000, &any_ops);
    for (size_t i = 0; i < crowd.count; i++)
        crowd_register(&crowd, i, 200); /* all in the same millisecond: uv_now stands still */
    virtual_clock_pass(201);
    uv_run(&crowd.loop, UV_RUN_NOWAIT); /* all are due: this iteration only reads */
    virtual_clock_pass(2);
    start_ns = spent_ns();
    uv_run(&crowd.loop, UV_RUN_NOWAIT);
    print_message("an iteration with %zu transitions: %.3f ms\n", crowd.silent,
                  (spent_ns() - start_ns) / 1e6);
    assert_int_equal(crowd.silent, crowd.count);
    crowd_close(&crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_allocates_nothing_and_starts_no_timer), /* first: it counts from zero */
        cmocka_unit_test(a_thousand_deadlines_are_exact),
        cmocka_unit_test(ten_thousand_services_become_unavailable_in_one_iteration_of_the_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
