/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/backoff.h"

static void each_wait_is_within_jitter_of_the_exponential(void **state)
{
    struct backoff backoff = {.first = 1000, .max = 20000, .factor = 1.6, .jitter = 0.2, .seed = 7};
    double base = 1000;

    (void)state;
    for (int i = 0; i < 20; i++) {
        double wait = (double)backoff_next(&backoff);

        assert_true(wait >= base * 0.8 - 1 && wait <= base * 1.2);
        base = base * 1.6 < 20000 ? base * 1.6 : 20000;
    }
    backoff_reset(&backoff);
    assert_in_range(backoff_next(&backoff), 800, 1200);
}

static void two_seeds_do_not_wait_alike(void **state)
{
    struct backoff one = {.first = 10000, .max = 10000, .factor = 2, .jitter = 0.5, .seed = 1};
    struct backoff two = {.first = 10000, .max = 10000, .factor = 2, .jitter = 0.5, .seed = 2};
    unsigned equal = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        equal += backoff_next(&one) == backoff_next(&two);
    assert_true(equal < 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wait_is_within_jitter_of_the_exponential),
        cmocka_unit_test(two_seeds_do_not_wait_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
