/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "registry_bed.h"

#define TIMEOUT 100
#define LEFT (TIMEOUT + 1) /* from now to the deadline of who is heard now: engine/loop_clock.h */
#define STOP 400           /* of the process: shorter than what counts as its absence */

/* One service that has reported, and the first turn of the loop after a stop: timers run before it reads. */
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

static void who_was_not_heard_gets_as_long_as_the_stop_was(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    open_and_stop(&bed, &stream);
    assert_int_equal(ms_until_silent(&bed), STOP - LEFT);
    bed_close(&bed);
}

static void who_was_heard_gets_its_timeout_and_no_more(void **state)
{
    struct report_stream stream = {0};
    struct bed bed;

    (void)state;
    open_and_stop(&bed, &stream);
    bed_report(&bed, &stream, "a", 0);
    assert_int_equal(ms_until_silent(&bed), LEFT + BED_TURN_MS);
    bed_close(&bed);
}

/* The server goes: silence is its own doing. A status is told as ever. */
static void once_it_is_stopped_nobody_becomes_unavailable_or_comes_back(void **state)
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

/* A connection rests: nobody listens to its speakers, whatever they say. */
static void who_is_not_listened_to_is_called_silent_only_after_that(void **state)
{
    struct bed bed;
    uint64_t read_paused_until_ms = 0, due_ms;
    struct report_stream deaf = {.read_paused_until_ms = &read_paused_until_ms},
                         heard = {.read_paused_until_ms = &(uint64_t){0}};

    (void)state;
    bed_open(&bed, 0, 0);
    bed_register(&bed, "a", TIMEOUT);
    bed_register(&bed, "b", TIMEOUT);
    bed_report(&bed, &heard, "b", 0);
    bed_report(&bed, &deaf, "a", 0);
    due_ms = loop_clock_begins(&bed.loop) + TIMEOUT;
    read_paused_until_ms = uv_now(&bed.loop) + STOP;
    bed_pass(&bed, STOP / 2);
    assert_string_equal(bed.trace, "b first, a first, b silent");
    bed_pass(&bed, STOP); /* the time is over, but nobody has begun to listen */
    assert_string_equal(bed.trace, "b first, a first, b silent");
    read_paused_until_ms = 0;
    bed_until(&bed, 4);
    assert_string_equal(bed.trace, "b first, a first, b silent, a silent");
    assert_int_equal(bed.due_ms, due_ms);
    bed_close(&bed);
}

/* From the report that came just now. */
static void expect_silence_in_time(struct bed *bed)
{
    uint64_t due_ms = loop_clock_begins(&bed->loop) + TIMEOUT;

    bed_until(bed, 2);
    assert_string_equal(bed->trace, "a first, a silent");
    assert_int_equal(bed->due_ms, due_ms);
    assert_int_equal(loop_clock_ends(&bed->loop), due_ms + BED_TURN_MS);
}

static void who_is_heard_after_that_was_never_silent(void **state)
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
    expect_silence_in_time(&bed);
    bed_close(&bed);
}

/* Another stream spoke since: its word counts, and so does its silence. */
static void who_speaks_elsewhere_is_not_waited_for(void **state)
{
    struct bed bed;
    uint64_t read_paused_until_ms = UINT64_MAX;
    struct report_stream deaf = {.read_paused_until_ms = &read_paused_until_ms}, other = {0};

    (void)state;
    bed_open(&bed, 0, 0);
    bed_register(&bed, "a", TIMEOUT);
    bed_report(&bed, &deaf, "a", 0);
    bed_report(&bed, &other, "a", 0);
    expect_silence_in_time(&bed);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_not_heard_gets_as_long_as_the_stop_was),
        cmocka_unit_test(who_was_heard_gets_its_timeout_and_no_more),
        cmocka_unit_test(once_it_is_stopped_nobody_becomes_unavailable_or_comes_back),
        cmocka_unit_test(who_is_not_listened_to_is_called_silent_only_after_that),
        cmocka_unit_test(who_is_heard_after_that_was_never_silent),
        cmocka_unit_test(who_speaks_elsewhere_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
