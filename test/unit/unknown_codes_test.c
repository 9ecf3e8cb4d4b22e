/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/unknown_codes.h"

/* 73 and 257 have no factor in common: each of 257 codes once, in no order. */
static int32_t nth(int n)
{
    return n * 73 % (UNKNOWN_CODES_MAX + 1) - 100;
}

static void each_code_is_new_once(void **state)
{
    static const int32_t codes[] = {7, INT32_MIN, 7, 0, INT32_MAX, -1, 0, INT32_MIN, -1, INT32_MAX, 7};
    static const bool is_new[] = {true, true, false, true, true, true, false, false, false, false, false};
    struct unknown_codes unknown_codes = {0};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        assert_int_equal(unknown_codes_add(&unknown_codes, codes[i]), is_new[i]);
    unknown_codes_fini(&unknown_codes);
}

static void the_set_is_full_with_as_many_as_can_be_registered(void **state)
{
    struct unknown_codes unknown_codes = {0};

    (void)state;
    for (int n = 0; n < UNKNOWN_CODES_MAX; n++) {
        assert_false(unknown_codes_full(&unknown_codes));
        assert_true(unknown_codes_add(&unknown_codes, nth(n)));
        for (int i = 0; i <= n; i++)
            assert_false(unknown_codes_add(&unknown_codes, nth(i)));
    }
    assert_true(unknown_codes_full(&unknown_codes));
    assert_false(unknown_codes_add(&unknown_codes, nth(UNKNOWN_CODES_MAX)));
    unknown_codes_fini(&unknown_codes);
}

static void an_empty_set_has_no_memory(void **state)
{
    struct unknown_codes unknown_codes = {0};

    (void)state;
    assert_false(unknown_codes_full(&unknown_codes));
    assert_null(unknown_codes.codes);
    unknown_codes_fini(&unknown_codes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_is_new_once),
        cmocka_unit_test(the_set_is_full_with_as_many_as_can_be_registered),
        cmocka_unit_test(an_empty_set_has_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
