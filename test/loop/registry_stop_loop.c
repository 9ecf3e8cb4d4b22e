/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "registry_bed.h"

#define TIMEOUT 100
#define LEFT (TIMEOUT + 1) /* from a report to its deadline, on the clock that ends spans: loop_clock.h */
#define STOP 400           /* of the process; too short for the stall detector */

/* One service that has reported, and the first iteration of the loop after a stop: it runs timers, then
 * reads. */
static void open_and_stop(struct bed *bed, struct report_stream *stream)
{
    bed_open(bed, 0, 0);
    bed_register(bed, "a", TIMEOUT);
    bed_report(bed, stream, "a", 0);
    virtual_clock_pass(STOP);
    uv_run(&bed->loop, UV_RUN_NOWAIT);
    assert_string_equal(bed->trace, "a first");
}

static uint64_t ms_until_silent(struct bed *bed)
{
    uint64_t start_ms = loop_clock_ends(&bed->loop);

    bed_until(bed, 2);
    assert_string_equal(bed->trace, "a first, a silent");
    return loop_clock_ends(&bed->loop) - start_ms;
}

static void a_service_without_a_report_is_given_as_long_as_the_stop_was(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    open_and_stop(&bed, &stream);
    assert_int_equal(ms_until_silent(&bed), STOP - LEFT);
    bed_close(&bed);
}

static void a_service_with_a_report_is_given_its_timeout(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    open_and_stop(&bed, &stream);
    bed_report(&bed, &stream, "a", 0);
    assert_int_equal(ms_until_silent(&bed), LEFT + BED_TURN_MS);
    bed_close(&bed);
}

/* Other transitions are made as before. */
static void after_registry_stop_no_service_becomes_unavailable(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, 0, 0);
    bed_register(&bed, "a", TIMEOUT);
    bed_register(&bed, "b", TIMEOUT);
    bed_report(&bed, &stream, "a", 0);
    registry_stop(&bed.registry);
    registry_lost(&bed.registry, &stream);
    bed_pass(&bed, 3 * TIMEOUT);
    bed_report(&bed, &stream, "a", 1);
    assert_string_equal(bed.trace, "a first, a nok");
    bed_close(&bed);
}

static void a_service_is_not_silent_while_reading_is_paused(void **state)
{
    struct bed bed;
    uint64_t read_paused_until_ms = 0, due_ms;
    struct report_stream paused = {.read_paused_until_ms = &read_paused_until_ms},
                         reading = {.read_paused_until_ms = &(uint64_t){0}};

    (void)state;
    bed_open(&bed, 0, 0);
    bed_register(&bed, "a", TIMEOUT);
    bed_register(&bed, "b", TIMEOUT);
    bed_report(&bed, &reading, "b", 0);
    bed_report(&bed, &paused, "a", 0);
    due_ms = loop_clock_begins(&bed.loop) + TIMEOUT;
    read_paused_until_ms = uv_now(&bed.loop) + STOP;
    bed_pass(&bed, STOP / 2);
    assert_string_equal(bed.trace, "b first, a first, b silent");
    bed_pass(&bed, STOP); /* the time is over, but reading has not begun again */
    assert_string_equal(bed.trace, "b first, a first, b silent");
    read_paused_until_ms = 0;
    bed_until(&bed, 4);
    assert_string_equal(bed.trace, "b first, a first, b silent, a silent");
    assert_int_equal(bed.due_ms, due_ms);
    bed_close(&bed);
}

/* Counted from the report that arrived just now. */
static void expect_timeout(struct bed *bed)
{
    uint64_t due_ms = loop_clock_begins(&bed->loop) + TIMEOUT;

    bed_until(bed, 2);
    assert_string_equal(bed->trace, "a first, a silent");
    assert_int_equal(bed->due_ms, due_ms);
    assert_int_equal(loop_clock_ends(&bed->loop), due_ms + BED_TURN_MS);
}

static void a_report_after_a_read_pause_comes_in_time(void **state)
{
    struct bed bed;
    uint64_t read_paused_until_ms = 0;
    struct report_stream stream = {.read_paused_until_ms = &read_paused_until_ms};

    (void)state;
    bed_open(&bed, 0, 0);
    bed_register(&bed, "a", TIMEOUT);
    bed_report(&bed, &stream, "a", 0);
    read_paused_until_ms = uv_now(&bed.loop) + 2 * TIMEOUT;
    bed_pass(&bed, 2 * TIMEOUT - 10);
    read_paused_until_ms = 0;
    bed_report(&bed, &stream, "a", 0);
    expect_timeout(&bed);
    bed_close(&bed);
}

static void a_read_pause_of_a_stream_that_is_not_the_last_does_not_count(void **state)
{
    struct bed bed;
    uint64_t read_paused_until_ms = UINT64_MAX;
    struct report_stream paused = {.read_paused_until_ms = &read_paused_until_ms}, other = {0};

    (void)state;
    bed_open(&bed, 0, 0);
    bed_register(&bed, "a", TIMEOUT);
    bed_report(&bed, &paused, "a", 0);
    bed_report(&bed, &other, "a", 0);
    expect_timeout(&bed);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_without_a_report_is_given_as_long_as_the_stop_was),
        cmocka_unit_test(a_service_with_a_report_is_given_its_timeout),
        cmocka_unit_test(after_registry_stop_no_service_becomes_unavailable),
        cmocka_unit_test(a_service_is_not_silent_while_reading_is_paused),
        cmocka_unit_test(a_report_after_a_read_pause_comes_in_time),
        cmocka_unit_test(a_read_pause_of_a_stream_that_is_not_the_last_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
