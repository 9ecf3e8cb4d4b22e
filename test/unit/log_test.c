/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_MODULE "test"
#include "base/log.h"

static char line[LOG_LINE_MAX + 1];
static int ends[2], saved;

/* stderr is a pipe; `line` is what was read from it. */
static int redirect(void **state)
{
    (void)state;
    saved = dup(STDERR_FILENO);
    return pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int restore(void **state)
{
    (void)state;
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}

static const char *written(void)
{
    ssize_t size = read(ends[0], line, sizeof line - 1);

    line[size > 0 ? size : 0] = '\0';
    return line;
}

static void a_line_has_time_level_and_module(void **state)
{
    int year;

    (void)state;
    log_info("something happened key=%d", 7);
    assert_non_null(strstr(written(), "Z info test: something happened key=7\n"));
    assert_int_equal(sscanf(line, "%d-", &year), 1);
    assert_in_range(year, 2026, 2200);
}

static void nothing_from_outside_forges_a_line(void **state)
{
    (void)state;
    log_info("name=%s", "a\nb\x1b[31m\x7f");
    assert_non_null(strstr(written(), "name=a\\x0ab\\x1b[31m\\x7f\n"));
}

static void a_line_that_is_too_long_is_cut_and_still_ends(void **state)
{
    static char text[3 * LOG_LINE_MAX];

    (void)state;
    memset(text, '\n', sizeof text - 1);
    log_info("%s", text);
    assert_in_range(strlen(written()), LOG_LINE_MAX - 8, LOG_LINE_MAX);
    assert_int_equal(line[strlen(line) - 1], '\n');
}

static void what_is_below_the_level_is_not_written(void **state)
{
    enum log_level level = LOG_INFO;

    (void)state;
    assert_true(log_level_parse("warning", &level));
    assert_false(log_level_parse("loud", &level));
    log_set_level(level);
    log_info("quiet");
    log_warning("loud");
    assert_non_null(strstr(written(), "warning test: loud\n"));
    assert_null(strstr(line, "quiet"));
    log_set_level(LOG_INFO);
}

/* A full pipe without a reader: the log does not block, and reports the lost lines afterwards. */
static void nobody_waits_for_a_reader_that_hangs(void **state)
{
    static char rest[1 << 20];

    (void)state;
    for (int i = 0; i < 5000; i++)
        log_info("line %d of many, each of them some fifty characters long", i);
    assert_true(read(ends[0], rest, sizeof rest - 1) > 0);
    log_info("the reader is back");
    (void)written();
    assert_non_null(strstr(line, "log: lines lost, stderr was full count="));
    assert_non_null(strstr(line, "test: the reader is back\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_time_level_and_module, redirect, restore),
        cmocka_unit_test_setup_teardown(nothing_from_outside_forges_a_line, redirect, restore),
        cmocka_unit_test_setup_teardown(a_line_that_is_too_long_is_cut_and_still_ends, redirect, restore),
        cmocka_unit_test_setup_teardown(nobody_waits_for_a_reader_that_hangs, redirect, restore),
        cmocka_unit_test_setup_teardown(what_is_below_the_level_is_not_written, redirect, restore),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
