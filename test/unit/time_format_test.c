/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/time_format.h"

#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)

static void a_moment_is_written_in_utc(void **state)
{
    char text[TIME_FORMAT_ISO_SIZE], *string;
    struct buf out = {0};

    (void)state;
    assert_string_equal(time_format_iso(text, 0), "1970-01-01T00:00:00.000Z");
    assert_string_equal(time_format_iso(text, INT64_C(1769860800123)), "2026-01-31T12:00:00.123Z");
    time_format_time(&out, INT64_C(1769860800123));
    string = buf_take(&out);
    assert_string_equal(string, "2026-01-31 12:00:00 UTC");
    free(string);
}

static void a_duration_has_its_two_largest_units(void **state)
{
    static const struct {
        int64_t ms;
        const char *words;
    } cases[] = {
        {-5, "less than 1 s"},
        {0, "less than 1 s"},
        {999, "less than 1 s"},
        {1000, "1 s"},
        {59999, "59 s"},
        {60000, "1 min"},
        {252000, "4 min 12 s"},
        {3600000, "1 h"},
        {3605000, "1 h"},
        {7500000, "2 h 5 min"},
        {3 * DAY + 14400000, "3 d 4 h"},
        {DAY + MINUTE, "1 d"},
        {400LL * DAY, "400 d"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf out = {0};
        char *words;

        time_format_span(&out, cases[i].ms);
        words = buf_take(&out);
        assert_string_equal(words, cases[i].words);
        free(words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_is_written_in_utc),
        cmocka_unit_test(a_duration_has_its_two_largest_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
