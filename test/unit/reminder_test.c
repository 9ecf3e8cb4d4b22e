/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/suppression/reminder.h"

#define HOUR 3600000LL
#define SINCE (1700000000000LL)

/* `hours`: after the beginning of the state; the server looks every five seconds. */
static void the_distance_doubles_up_to_a_day(void **state)
{
    static const int64_t hours[] = {1, 3, 7, 15, 31, 55, 79, 103};
    size_t next = 0;

    (void)state;
    for (int64_t now = SINCE; now < SINCE + 110 * HOUR; now += 5000) {
        if (!reminder_is_due(SINCE, now, now + 5000))
            continue;
        assert_true(next < sizeof hours / sizeof hours[0]);
        assert_in_range(now + 5000 - SINCE, hours[next] * HOUR, hours[next] * HOUR + 5000);
        next++;
    }
    assert_int_equal(next, sizeof hours / sizeof hours[0]);
}

static void a_reminder_that_was_due_during_a_stop_is_due_once(void **state)
{
    (void)state;
    assert_true(reminder_is_due(SINCE, SINCE + HOUR / 2, SINCE + 20 * HOUR));
    assert_false(reminder_is_due(SINCE, SINCE + 20 * HOUR, SINCE + 20 * HOUR + 5000));
}

static void a_reminder_is_not_due_twice(void **state)
{
    (void)state;
    assert_true(reminder_is_due(SINCE, SINCE + HOUR - 1, SINCE + HOUR));
    assert_false(reminder_is_due(SINCE, SINCE + HOUR, SINCE + HOUR));
    assert_false(reminder_is_due(SINCE, SINCE + HOUR, SINCE + 2 * HOUR));
}

static void a_wall_clock_that_was_set_back_makes_nothing_due(void **state)
{
    (void)state;
    assert_false(reminder_is_due(SINCE, SINCE - HOUR, SINCE));
    assert_false(reminder_is_due(SINCE, SINCE + 5 * HOUR, SINCE + 4 * HOUR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_distance_doubles_up_to_a_day),
        cmocka_unit_test(a_reminder_that_was_due_during_a_stop_is_due_once),
        cmocka_unit_test(a_reminder_is_not_due_twice),
        cmocka_unit_test(a_wall_clock_that_was_set_back_makes_nothing_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
