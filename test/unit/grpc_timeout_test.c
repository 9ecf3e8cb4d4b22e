/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "grpc/grpc_timeout.h"

static bool parse(const char *text, uint64_t *ms)
{
    return grpc_timeout_parse((const uint8_t *)text, strlen(text), ms);
}

static void every_unit_is_understood_and_rounded_up(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } cases[] = {
        {"1H", 3600000}, {"2M", 120000}, {"3S", 3000},        {"4m", 4},
        {"1u", 0},       {"999u", 0},    {"1000u", 1},        {"1001u", 2},
        {"1n", 0},       {"999999n", 0}, {"1000000n", 1},     {"1000001n", 2},
        {"0S", 0},       {"0n", 0},      {"00000001S", 1000}, {"99999999H", UINT64_C(99999999) * 3600000},
    };
    uint64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(parse(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void what_is_malformed_is_refused(void **state)
{
    static const char *const cases[] = {"",    "S",   "1",          "5x",  " 1S", "1 S", "1.5S", "0x1S",
                                        "+1S", "-1S", "123456789S", "1SS", "1s",  "S1",  "1h"};
    uint64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(parse(cases[i], &ms));
}

static void what_is_sent_is_never_shorter_than_what_is_left(void **state)
{
    static const uint64_t cases[] = {
        0, 1, 999, 1000, 99999998, 99999999, 100000000, 123456789012, UINT64_C(1) << 50};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[GRPC_TIMEOUT_TEXT_MAX];
        size_t length = grpc_timeout_format(cases[i], text);
        uint64_t back;

        assert_int_equal(length, strlen(text));
        assert_true(parse(text, &back));
        assert_true(back >= cases[i] || back == UINT64_C(99999999) * 3600000);
        assert_true(back <= cases[i] + 3600000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_is_understood_and_rounded_up),
        cmocka_unit_test(what_is_malformed_is_refused),
        cmocka_unit_test(what_is_sent_is_never_shorter_than_what_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
