/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/suppression/mass_outage.h"

#define START 1000000

static struct mass_outage with_available(size_t available)
{
    struct mass_outage outage = {0};

    while (available-- > 0)
        mass_outage_available(&outage, MASS_OUTAGE_NEW, START);
    return outage;
}

/* So many leave at that moment; how many of them began a loss. */
static int leave(struct mass_outage *outage, size_t count, uint64_t now_ms)
{
    int begun = 0;

    while (count-- > 0) {
        enum mass_outage_phase before = outage->phase;

        begun +=
            mass_outage_unavailable(outage, now_ms) == MASS_OUTAGE_COUNTING && before != MASS_OUTAGE_COUNTING;
    }
    return begun;
}

static void expect_text(const struct mass_outage *outage, const char *expected)
{
    char text[MASS_OUTAGE_TEXT_MAX];

    mass_outage_text(outage, text);
    assert_string_equal(text, expected);
}

static void half_of_the_living_is_a_loss_and_less_is_not(void **state)
{
    struct mass_outage even = with_available(40), odd = with_available(41);

    (void)state;
    assert_int_equal(leave(&even, 19, START), 0);
    assert_int_equal(leave(&even, 1, START), 1);
    assert_int_equal(leave(&odd, 20, START), 0);
    assert_int_equal(leave(&odd, 1, START), 1);
}

static void fewer_than_five_are_named_one_by_one(void **state)
{
    struct mass_outage four = with_available(4), five = with_available(5);

    (void)state;
    assert_int_equal(leave(&four, 4, START), 0);
    assert_int_equal(leave(&five, 4, START), 0);
    assert_int_equal(leave(&five, 1, START), 1);
}

static void what_falls_over_a_longer_time_than_the_window_is_no_loss(void **state)
{
    struct mass_outage outage = with_available(100);
    uint64_t now = START;

    (void)state;
    for (int i = 0; i < 70; i++, now += 200)
        assert_int_not_equal(mass_outage_unavailable(&outage, now),
                             MASS_OUTAGE_COUNTING); /* 25 in five seconds */
    outage = with_available(100);
    assert_int_equal(leave(&outage, 40, START), 0);
    assert_int_equal(leave(&outage, 29, START + MASS_OUTAGE_WINDOW_MS + 500), 0);
}

static void a_loss_that_straddles_any_moment_of_the_window_is_seen(void **state)
{
    (void)state;
    for (uint64_t offset = 0; offset < 2 * MASS_OUTAGE_WINDOW_MS; offset += 100) {
        struct mass_outage outage = with_available(1000);
        int begun = leave(&outage, 1, START);

        for (uint64_t step = 0; step < 40; step++) /* all in four seconds */
            begun += leave(&outage, 24, START + offset + step * 100);
        assert_int_equal(begun, 1);
    }
}

static void one_that_is_lost_is_no_burst_and_two_within_a_moment_are(void **state)
{
    struct mass_outage outage = with_available(100);

    (void)state;
    assert_int_equal(mass_outage_unavailable(&outage, START), MASS_OUTAGE_NONE);
    assert_int_equal(mass_outage_unavailable(&outage, START + MASS_OUTAGE_BURST_MS), MASS_OUTAGE_NONE);
    assert_int_equal(mass_outage_unavailable(&outage, START + 2 * MASS_OUTAGE_BURST_MS - 1),
                     MASS_OUTAGE_GROWING);
    assert_int_equal(mass_outage_wait(&outage, START + 2 * MASS_OUTAGE_BURST_MS), MASS_OUTAGE_BURST_MS - 1);
    assert_int_equal(mass_outage_wait(&outage, START + 3 * MASS_OUTAGE_BURST_MS - 1), 0);
    assert_int_equal(outage.phase, MASS_OUTAGE_NONE);
}

static void a_burst_without_end_ends_with_the_window(void **state)
{
    struct mass_outage outage = with_available(1000);
    uint64_t now = START;

    (void)state;
    assert_int_equal(mass_outage_unavailable(&outage, now), MASS_OUTAGE_NONE);
    assert_int_equal(mass_outage_unavailable(&outage, now), MASS_OUTAGE_GROWING);
    while (mass_outage_wait(&outage, now) > 0) {
        now += 100;
        (void)mass_outage_unavailable(&outage, now);
    }
    assert_int_equal(now, START + MASS_OUTAGE_WINDOW_MS);
    assert_int_equal(outage.phase, MASS_OUTAGE_NONE);
}

static void the_counting_ends_a_second_after_the_last(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(leave(&outage, 20, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START), MASS_OUTAGE_QUIET_MS);
    assert_int_equal(leave(&outage, 17, START + 600), 0);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 600);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS + 600), 0);
    assert_int_equal(outage.phase, MASS_OUTAGE_ASKED);
    expect_text(&outage, "37 of 40 agents fell silent within 1 s");
}

static void the_counting_ends_with_the_window_however_many_follow(void **state)
{
    struct mass_outage outage = with_available(1000);
    uint64_t now = START;

    (void)state;
    assert_int_equal(leave(&outage, 500, now), 1);
    while (mass_outage_wait(&outage, now) > 0) {
        now += 100;
        assert_int_equal(leave(&outage, 1, now), 0);
    }
    assert_int_equal(now, START + MASS_OUTAGE_WINDOW_MS);
    expect_text(&outage, "550 of 1000 agents fell silent within 6 s");
}

static void one_loss_is_asked_about_once_however_long_it_trails_on(void **state)
{
    struct mass_outage outage = with_available(100);

    (void)state;
    assert_int_equal(leave(&outage, 60, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    assert_int_equal(leave(&outage, 30, START + 60000), 0);
    assert_int_equal(leave(&outage, 10, START + 600000), 0);
}

static void it_is_over_when_three_quarters_are_back(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(leave(&outage, 40, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    for (int i = 0; i < 29; i++)
        mass_outage_available(&outage, 60000, START + 60000);
    assert_int_equal(leave(&outage, 29, START + 61000), 0);
    for (int i = 0; i < 30; i++)
        mass_outage_available(&outage, 60000, START + 120000);
    assert_int_equal(leave(&outage, 30, START + 121000), 1);
    assert_int_equal(mass_outage_wait(&outage, START + 130000), 0);
    expect_text(&outage, "30 of 30 agents fell silent within 1 s");
}

static void it_is_over_when_all_came_back_while_they_were_counted(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(leave(&outage, 40, START), 1);
    for (int i = 0; i < 40; i++)
        mass_outage_available(&outage, 100, START + 100);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    assert_int_equal(outage.phase, MASS_OUTAGE_ASKED);
    assert_int_equal(leave(&outage, 40, START + 60000), 1);
}

static void who_is_away_for_an_hour_is_not_expected_back(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(leave(&outage, 30, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    assert_int_equal(leave(&outage, 10, START + MASS_OUTAGE_OVER_MS), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_OVER_MS + MASS_OUTAGE_QUIET_MS), 0);
    expect_text(&outage, "10 of 10 agents fell silent within 1 s");
}

static void one_service_that_flaps_is_not_many(void **state)
{
    struct mass_outage outage = with_available(10);
    uint64_t now = START;

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(mass_outage_unavailable(&outage, now), MASS_OUTAGE_NONE);
        mass_outage_available(&outage, 100, now + 100);
        now += 300;
    }
}

static void an_old_absence_that_ends_excuses_no_new_one(void **state)
{
    struct mass_outage outage = with_available(10);

    (void)state;
    assert_int_equal(leave(&outage, 2, START), 0);
    assert_int_equal(leave(&outage, 4, START + 60000), 0); /* 4 of 8 would be half, but not five */
    mass_outage_available(&outage, 60001, START + 60001);
    mass_outage_available(&outage, 60001, START + 60001);
    assert_int_equal(leave(&outage, 1, START + 60001), 1); /* 5 of 10 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_the_living_is_a_loss_and_less_is_not),
        cmocka_unit_test(fewer_than_five_are_named_one_by_one),
        cmocka_unit_test(what_falls_over_a_longer_time_than_the_window_is_no_loss),
        cmocka_unit_test(a_loss_that_straddles_any_moment_of_the_window_is_seen),
        cmocka_unit_test(one_that_is_lost_is_no_burst_and_two_within_a_moment_are),
        cmocka_unit_test(a_burst_without_end_ends_with_the_window),
        cmocka_unit_test(the_counting_ends_a_second_after_the_last),
        cmocka_unit_test(the_counting_ends_with_the_window_however_many_follow),
        cmocka_unit_test(one_loss_is_asked_about_once_however_long_it_trails_on),
        cmocka_unit_test(it_is_over_when_three_quarters_are_back),
        cmocka_unit_test(it_is_over_when_all_came_back_while_they_were_counted),
        cmocka_unit_test(who_is_away_for_an_hour_is_not_expected_back),
        cmocka_unit_test(one_service_that_flaps_is_not_many),
        cmocka_unit_test(an_old_absence_that_ends_excuses_no_new_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
