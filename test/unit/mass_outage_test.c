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

/* So many services become unavailable at that time. Returns how many of them began an outage. */
static int lose(struct mass_outage *outage, size_t count, uint64_t now_ms)
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

static void half_of_the_available_services_are_an_outage_and_fewer_are_not(void **state)
{
    struct mass_outage even = with_available(40), odd = with_available(41);

    (void)state;
    assert_int_equal(lose(&even, 19, START), 0);
    assert_int_equal(lose(&even, 1, START), 1);
    assert_int_equal(lose(&odd, 20, START), 0);
    assert_int_equal(lose(&odd, 1, START), 1);
}

static void fewer_than_five_are_named_one_by_one(void **state)
{
    struct mass_outage four = with_available(4), five = with_available(5);

    (void)state;
    assert_int_equal(lose(&four, 4, START), 0);
    assert_int_equal(lose(&five, 4, START), 0);
    assert_int_equal(lose(&five, 1, START), 1);
}

static void services_lost_over_more_than_the_window_are_no_outage(void **state)
{
    struct mass_outage outage = with_available(100);
    uint64_t now = START;

    (void)state;
    for (int i = 0; i < 70; i++, now += 200)
        assert_int_not_equal(mass_outage_unavailable(&outage, now),
                             MASS_OUTAGE_COUNTING); /* 25 in five seconds */
    outage = with_available(100);
    assert_int_equal(lose(&outage, 40, START), 0);
    assert_int_equal(lose(&outage, 29, START + MASS_OUTAGE_WINDOW_MS + 500), 0);
}

static void an_outage_is_noticed_at_any_offset_in_the_window(void **state)
{
    (void)state;
    for (uint64_t offset = 0; offset < 2 * MASS_OUTAGE_WINDOW_MS; offset += 100) {
        struct mass_outage outage = with_available(1000);
        int begun = lose(&outage, 1, START);

        for (uint64_t step = 0; step < 40; step++) /* all in four seconds */
            begun += lose(&outage, 24, START + offset + step * 100);
        assert_int_equal(begun, 1);
    }
}

static void a_single_lost_service_is_no_burst_and_two_close_together_are(void **state)
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

static void a_burst_that_goes_on_ends_with_the_window(void **state)
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

static void counting_ends_a_second_after_the_last_service(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(lose(&outage, 20, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START), MASS_OUTAGE_QUIET_MS);
    assert_int_equal(lose(&outage, 17, START + 600), 0);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 600);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS + 600), 0);
    assert_int_equal(outage.phase, MASS_OUTAGE_ASKED);
    expect_text(&outage, "37 of 40 agents fell silent within 1 s");
}

static void counting_ends_with_the_window_however_many_follow(void **state)
{
    struct mass_outage outage = with_available(1000);
    uint64_t now = START;

    (void)state;
    assert_int_equal(lose(&outage, 500, now), 1);
    while (mass_outage_wait(&outage, now) > 0) {
        now += 100;
        assert_int_equal(lose(&outage, 1, now), 0);
    }
    assert_int_equal(now, START + MASS_OUTAGE_WINDOW_MS);
    expect_text(&outage, "550 of 1000 agents fell silent within 6 s");
}

static void one_outage_is_counted_once_however_late_the_last_service_is_lost(void **state)
{
    struct mass_outage outage = with_available(100);

    (void)state;
    assert_int_equal(lose(&outage, 60, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    assert_int_equal(lose(&outage, 30, START + 60000), 0);
    assert_int_equal(lose(&outage, 10, START + 600000), 0);
}

static void an_outage_is_over_when_three_quarters_are_back(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(lose(&outage, 40, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    for (int i = 0; i < 29; i++)
        mass_outage_available(&outage, 60000, START + 60000);
    assert_int_equal(lose(&outage, 29, START + 61000), 0);
    for (int i = 0; i < 30; i++)
        mass_outage_available(&outage, 60000, START + 120000);
    assert_int_equal(lose(&outage, 30, START + 121000), 1);
    assert_int_equal(mass_outage_wait(&outage, START + 130000), 0);
    expect_text(&outage, "30 of 30 agents fell silent within 1 s");
}

static void an_outage_is_over_when_all_came_back_while_they_were_counted(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(lose(&outage, 40, START), 1);
    for (int i = 0; i < 40; i++)
        mass_outage_available(&outage, 100, START + 100);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    assert_int_equal(outage.phase, MASS_OUTAGE_ASKED);
    assert_int_equal(lose(&outage, 40, START + 60000), 1);
}

static void services_that_are_lost_for_an_hour_are_not_expected_back(void **state)
{
    struct mass_outage outage = with_available(40);

    (void)state;
    assert_int_equal(lose(&outage, 30, START), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_QUIET_MS), 0);
    assert_int_equal(lose(&outage, 10, START + MASS_OUTAGE_OVER_MS), 1);
    assert_int_equal(mass_outage_wait(&outage, START + MASS_OUTAGE_OVER_MS + MASS_OUTAGE_QUIET_MS), 0);
    expect_text(&outage, "10 of 10 agents fell silent within 1 s");
}

static void one_flapping_service_is_no_outage(void **state)
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

static void a_service_that_is_back_after_the_window_uncounts_no_other(void **state)
{
    struct mass_outage outage = with_available(10);

    (void)state;
    assert_int_equal(lose(&outage, 2, START), 0);
    assert_int_equal(lose(&outage, 4, START + 60000), 0); /* 4 of 8 would be half, but not five */
    mass_outage_available(&outage, 60001, START + 60001);
    mass_outage_available(&outage, 60001, START + 60001);
    assert_int_equal(lose(&outage, 1, START + 60001), 1); /* 5 of 10 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_the_available_services_are_an_outage_and_fewer_are_not),
        cmocka_unit_test(fewer_than_five_are_named_one_by_one),
        cmocka_unit_test(services_lost_over_more_than_the_window_are_no_outage),
        cmocka_unit_test(an_outage_is_noticed_at_any_offset_in_the_window),
        cmocka_unit_test(a_single_lost_service_is_no_burst_and_two_close_together_are),
        cmocka_unit_test(a_burst_that_goes_on_ends_with_the_window),
        cmocka_unit_test(counting_ends_a_second_after_the_last_service),
        cmocka_unit_test(counting_ends_with_the_window_however_many_follow),
        cmocka_unit_test(one_outage_is_counted_once_however_late_the_last_service_is_lost),
        cmocka_unit_test(an_outage_is_over_when_three_quarters_are_back),
        cmocka_unit_test(an_outage_is_over_when_all_came_back_while_they_were_counted),
        cmocka_unit_test(services_that_are_lost_for_an_hour_are_not_expected_back),
        cmocka_unit_test(one_flapping_service_is_no_outage),
        cmocka_unit_test(a_service_that_is_back_after_the_window_uncounts_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
