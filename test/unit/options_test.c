/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"

struct target {
    char text[64];
    int number;
    bool flag;
    int count;
};

static int set_text(void *target, const char *value, struct err *err)
{
    (void)err;
    ((struct target *)target)->count++;
    strncat(((struct target *)target)->text, value, 20);
    return 0;
}

static int set_number(void *target, const char *value, struct err *err)
{
    return options_number(value, 1, 100, &((struct target *)target)->number, err);
}

static int set_flag(void *target, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct target *)target)->flag = true;
    return 0;
}

static const struct option_row rows[] = {
    {"text", 't', "TEXT", true, "some text", set_text},
    {"a-number", 'n', "N", false, "a number", set_number},
    {"flag", '\0', NULL, false, "a switch", set_flag},
};
static const struct option_table table = {"[OPTION]...", "About.", rows, 3, NULL};

static struct target target;
static struct err err;
static int operands;

/* getopt_long has no const in its argv; with "+" it does not permute it. */
static enum options_result read_all(int argc, const char *const *argv)
{
    target = (struct target){0};
    return options_read(&table, argc, (char **)(uintptr_t)argv, &target, &operands, &err);
}

#define READ(...)                                                                                            \
    read_all((int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),                                  \
             (const char *[]){__VA_ARGS__, NULL})

static void long_short_and_attached_values_are_read(void **state)
{
    (void)state;
    assert_int_equal(READ("p", "--text=a", "-t", "b", "-tc", "--a-number", "7", "--flag", "rest", "-t"),
                     OPTIONS_OK);
    assert_string_equal(target.text, "abc");
    assert_int_equal(target.number, 7);
    assert_true(target.flag);
    assert_int_equal(operands, 8);
}

static void the_environment_is_read_for_what_the_command_line_leaves(void **state)
{
    (void)state;
    assert_int_equal(setenv("PROCJON_A_NUMBER", "9", 1), 0);
    assert_int_equal(setenv("PROCJON_TEXT", "x,y", 1), 0);
    assert_int_equal(READ("p"), OPTIONS_OK);
    assert_int_equal(target.number, 9);
    assert_int_equal(target.count, 2);
    assert_int_equal(READ("p", "-n", "3", "-t", "z"), OPTIONS_OK);
    assert_int_equal(target.number, 3);
    assert_string_equal(target.text, "z");
    assert_int_equal(unsetenv("PROCJON_TEXT"), 0);
    assert_int_equal(setenv("PROCJON_A_NUMBER", "many", 1), 0);
    assert_int_equal(READ("p"), OPTIONS_ERROR);
    assert_non_null(strstr(err.msg, "PROCJON_A_NUMBER"));
    assert_non_null(strstr(err.msg, "'many'"));
    assert_int_equal(unsetenv("PROCJON_A_NUMBER"), 0);
}

static void a_switch_in_the_environment_may_be_off(void **state)
{
    (void)state;
    assert_int_equal(setenv("PROCJON_FLAG", "0", 1), 0);
    assert_int_equal(READ("p"), OPTIONS_OK);
    assert_false(target.flag);
    assert_int_equal(setenv("PROCJON_FLAG", "1", 1), 0);
    assert_int_equal(READ("p"), OPTIONS_OK);
    assert_true(target.flag);
    assert_int_equal(unsetenv("PROCJON_FLAG"), 0);
}

static void an_error_names_the_option_and_the_value(void **state)
{
    (void)state;
    assert_int_equal(READ("p", "--nonsense"), OPTIONS_ERROR);
    assert_non_null(strstr(err.msg, "--nonsense"));
    assert_int_equal(READ("p", "-x"), OPTIONS_ERROR);
    assert_non_null(strstr(err.msg, "-x"));
    assert_int_equal(READ("p", "--text"), OPTIONS_ERROR);
    assert_non_null(strstr(err.msg, "needs a value"));
    assert_int_equal(READ("p", "-n", "101"), OPTIONS_ERROR);
    assert_non_null(strstr(err.msg, "--a-number"));
    assert_non_null(strstr(err.msg, "'101'"));
}

static void every_program_knows_help_and_version(void **state)
{
    (void)state;
    assert_int_equal(READ("p", "--help"), OPTIONS_HELP);
    assert_int_equal(READ("p", "-h"), OPTIONS_HELP);
    assert_int_equal(READ("p", "--version"), OPTIONS_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_short_and_attached_values_are_read),
        cmocka_unit_test(the_environment_is_read_for_what_the_command_line_leaves),
        cmocka_unit_test(a_switch_in_the_environment_may_be_off),
        cmocka_unit_test(an_error_names_the_option_and_the_value),
        cmocka_unit_test(every_program_knows_help_and_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
