/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/token_bucket.h"

static void so_many_at_once_and_so_many_a_second_after_that(void **state)
{
    struct token_bucket bucket;
    unsigned taken = 0;

    (void)state;
    token_bucket_init(&bucket, 5, 2, 1000);
    while (token_bucket_take(&bucket, 1000))
        taken++;
    assert_int_equal(taken, 5);
    assert_false(token_bucket_take(&bucket, 1499));
    assert_true(token_bucket_take(&bucket, 1500));
    assert_false(token_bucket_take(&bucket, 1500));
}

static void rest_fills_it_and_no_more(void **state)
{
    struct token_bucket bucket;
    unsigned taken = 0;

    (void)state;
    token_bucket_init(&bucket, 3, 1, 0);
    while (token_bucket_take(&bucket, 1000000))
        taken++;
    assert_int_equal(taken, 3);
}

static void a_clock_that_steps_back_gives_nothing(void **state)
{
    struct token_bucket bucket;

    (void)state;
    token_bucket_init(&bucket, 1, 1, 5000);
    assert_true(token_bucket_take(&bucket, 5000));
    assert_false(token_bucket_take(&bucket, 1000));
    assert_true(token_bucket_take(&bucket, 6000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_at_once_and_so_many_a_second_after_that),
        cmocka_unit_test(rest_fills_it_and_no_more),
        cmocka_unit_test(a_clock_that_steps_back_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
