/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "unit_name.h"

static void reads(const char *text, const char *expected, bool expected_glob)
{
    char name[UNIT_NAME_MAX];
    bool glob;
    struct err err;

    assert_int_equal(unit_name_read(text, name, &glob, &err), 0);
    assert_string_equal(name, expected);
    assert_int_equal(glob, expected_glob);
}

static void refuses(const char *text)
{
    char name[UNIT_NAME_MAX];
    bool glob;
    struct err err;

    assert_int_equal(unit_name_read(text, name, &glob, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "'"));
}

static void a_name_without_a_type_is_a_service(void **state)
{
    (void)state;
    reads("ssh", "ssh.service", false);
    reads("ssh.service", "ssh.service", false);
    reads("python3.11", "python3.11.service", false);
    reads("getty@tty1", "getty@tty1.service", false);
    reads("dev-disk-by\\x2duuid.swap", "dev-disk-by\\x2duuid.swap", false);
    reads("-.slice", "-.slice", false);
}

static void every_type_is_known(void **state)
{
    static const char *const names[] = {"a.service", "a.socket",    "a.target", "a.timer",
                                        "a.mount",   "a.automount", "a.swap",   "a.path",
                                        "a.slice",   "a.scope",     "a.device"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        reads(names[i], names[i], false);
}

static void a_glob_stays_as_it_is(void **state)
{
    (void)state;
    reads("ssh*", "ssh*", true);
    reads("*", "*", true);
    reads("web[!0-9].servic?", "web[!0-9].servic?", true);
}

static void what_no_unit_is_called_is_refused(void **state)
{
    char longest[UNIT_NAME_MAX + 1];

    (void)state;
    refuses("");
    refuses("a b");
    refuses("a/b.service");
    refuses("a\n.service");
    refuses(".service");
    refuses("@tty1.service");
    refuses("getty@.service");
    refuses("a b*");
    memset(longest, 'a', sizeof longest);
    longest[UNIT_NAME_MAX - sizeof ".service"] = '\0';
    strcat(longest, ".service");
    reads(longest, longest, false);
    memset(longest, 'a', sizeof longest - 1);
    longest[UNIT_NAME_MAX] = '\0';
    refuses(longest);
}

static void a_glob_matches_the_whole_name_and_knows_no_escapes(void **state)
{
    (void)state;
    assert_true(unit_name_matches("ssh.service", "ssh*"));
    assert_true(unit_name_matches("ssh@1.service", "ssh*.service"));
    assert_true(unit_name_matches("a\\x2db.mount", "a\\x2d*"));
    assert_false(unit_name_matches("openssh.service", "ssh*"));
    assert_false(unit_name_matches("ssh.service", "ssh"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_without_a_type_is_a_service),
        cmocka_unit_test(every_type_is_known),
        cmocka_unit_test(a_glob_stays_as_it_is),
        cmocka_unit_test(what_no_unit_is_called_is_refused),
        cmocka_unit_test(a_glob_matches_the_whole_name_and_knows_no_escapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
