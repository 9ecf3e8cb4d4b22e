/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/suppression/flap.h"

#define TEAM UINT64_C(2)
#define MAIL UINT64_C(4)

static const struct flap_times quick = {.window_ms = 1000, .stable_ms = 500};

static int set_up(void **state)
{
    static struct flap flap;

    flap_init(&flap, &quick);
    *state = &flap;
    return 0;
}

static int tear_down(void **state)
{
    flap_fini(*state);
    return 0;
}

static void count(void *arg, const char *service, uint64_t sinks)
{
    (void)service;
    assert_int_equal(sinks, TEAM);
    ++*(int *)arg;
}

static int ended(struct flap *flap, int64_t now_ms)
{
    int ends = 0;

    flap_look(flap, now_ms, count, &ends);
    return ends;
}

static void the_sixth_change_within_the_window_is_flapping(void **state)
{
    struct flap *flap = *state;

    for (int i = 0; i < FLAP_CHANGES - 1; i++) {
        assert_false(flap_change(flap, "db", -100 + 220 * i));
        assert_false(flap_change(flap, "web", 0));
    }
    assert_true(flap_change(flap, "db", 900));
    assert_int_equal(flap_sinks(flap, "db"), 0); /* until its owner says so */
}

static void six_changes_over_more_than_the_window_are_not(void **state)
{
    struct flap *flap = *state;

    for (int i = 0; i < 100; i++)
        assert_false(flap_change(flap, "db", 201 * i));
}

static void it_begins_once_and_ends_when_it_was_stable_for_long_enough(void **state)
{
    struct flap *flap = *state;
    int begun = 0;

    for (int i = 0; i < 100; i++) {
        if (!flap_change(flap, "db", i))
            continue;
        begun++;
        flap_begin(flap, "db", i, TEAM);
    }
    assert_int_equal(begun, 1);
    assert_int_equal(flap_sinks(flap, "db"), TEAM);
    assert_int_equal(ended(flap, 598), 0);
    assert_false(flap_change(flap, "db", 598));
    assert_int_equal(ended(flap, 1097), 0);
    assert_int_equal(ended(flap, 1098), 1);
    assert_int_equal(ended(flap, 9999), 0);
    assert_int_equal(flap_sinks(flap, "db"), 0);
}

static void after_the_end_it_takes_six_changes_again(void **state)
{
    struct flap *flap = *state;

    for (int i = 0; i < FLAP_CHANGES; i++)
        (void)flap_change(flap, "db", i);
    flap_begin(flap, "db", FLAP_CHANGES, TEAM);
    assert_int_equal(ended(flap, FLAP_CHANGES + 500), 1);
    for (int i = 0; i < FLAP_CHANGES - 1; i++)
        assert_false(flap_change(flap, "db", 510 + i));
    assert_true(flap_change(flap, "db", 520));
}

static void it_may_begin_without_a_change_and_end_by_name(void **state)
{
    struct flap *flap = *state;

    flap_begin(flap, "db", 0, MAIL);
    flap_begin(flap, "db", 0, flap_sinks(flap, "db"));
    assert_int_equal(flap_sinks(flap, "db"), MAIL);
    flap_begin(flap, "db", 0, TEAM);
    assert_int_equal(flap_sinks(flap, "db"), TEAM);
    flap_end(flap, "db");
    flap_end(flap, "db");
    flap_end(flap, "web");
    assert_int_equal(flap->flapping, 0);
    assert_int_equal(ended(flap, 9999), 0);
}

static void only_the_sinks_that_are_kept_are_left(void **state)
{
    struct flap *flap = *state;

    flap_begin(flap, "db", 0, TEAM | MAIL);
    flap_begin(flap, "web", 0, MAIL);
    (void)flap_change(flap, "host", 0);
    flap_keep_sinks(flap, TEAM);
    assert_int_equal(flap_sinks(flap, "db"), TEAM);
    assert_int_equal(flap_sinks(flap, "web"), 0);
    assert_int_equal(flap->flapping, 1);
    assert_int_equal(ended(flap, 9999), 1);
}

#define FLAP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLAP_TEST(the_sixth_change_within_the_window_is_flapping),
        FLAP_TEST(six_changes_over_more_than_the_window_are_not),
        FLAP_TEST(it_begins_once_and_ends_when_it_was_stable_for_long_enough),
        FLAP_TEST(after_the_end_it_takes_six_changes_again),
        FLAP_TEST(only_the_sinks_that_are_kept_are_left),
        FLAP_TEST(it_may_begin_without_a_change_and_end_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
