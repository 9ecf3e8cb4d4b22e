/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text_fit.h"

static void expect_plain(const char *text, size_t max, const char *expected)
{
    struct buf out = {0};
    char *string;

    text_fit_add(&out, text, max);
    string = buf_take(&out);
    assert_string_equal(string, expected);
    free(string);
}

static void expect_escaped(const char *text, size_t max, const char *expected)
{
    struct buf out = {0};
    char *string;

    text_fit_escape(&out, text, max);
    string = buf_take(&out);
    assert_string_equal(string, expected);
    free(string);
}

static void a_text_that_fits_is_unchanged(void **state)
{
    (void)state;
    expect_plain("", 1, "");
    expect_plain("abc", 3, "abc");
    expect_plain("äöü→😀", 5, "äöü→😀");
}

static void a_longer_text_is_cut_between_characters_and_ends_in_an_ellipsis(void **state)
{
    (void)state;
    expect_plain("abcd", 3, "ab…");
    expect_plain("äöüß", 3, "äö…");
    expect_plain("😀😀", 1, "…");
}

static void only_three_characters_are_escaped_and_each_once(void **state)
{
    (void)state;
    expect_escaped("<!channel> & co", 100, "&lt;!channel&gt; &amp; co");
    expect_escaped("&amp;", 100, "&amp;amp;");
    expect_escaped("\"'*_~`\\/", 100, "\"'*_~`\\/");
}

static void an_entity_is_not_cut(void **state)
{
    (void)state;
    expect_escaped("a&b", 6, "a…"); /* the entity would fit, the ellipsis behind it would not */
    expect_escaped("a&b", 7, "a&amp;b");
    expect_escaped("&&", 9, "&amp;…");
    expect_escaped("&&", 5, "…");
}

static void the_weight_is_that_of_the_escaped_text(void **state)
{
    struct buf out = {0};

    (void)state;
    buf_printf(&out, "%s", "a&<>ä→");
    assert_int_equal(text_fit_weight(&out), 1 + 5 + 4 + 4 + 1 + 1);
    buf_fini(&out);
}

static void a_bad_byte_becomes_one_replacement_character(void **state)
{
    (void)state;
    expect_plain("a\xff"
                 "b",
                 10,
                 "a\xef\xbf\xbd"
                 "b");
    expect_plain("\xc3", 10, "\xef\xbf\xbd");         /* cut off */
    expect_plain("\xed\xa0\x80", 2, "\xef\xbf\xbd…"); /* a surrogate: three bad bytes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_fits_is_unchanged),
        cmocka_unit_test(a_longer_text_is_cut_between_characters_and_ends_in_an_ellipsis),
        cmocka_unit_test(only_three_characters_are_escaped_and_each_once),
        cmocka_unit_test(an_entity_is_not_cut),
        cmocka_unit_test(the_weight_is_that_of_the_escaped_text),
        cmocka_unit_test(a_bad_byte_becomes_one_replacement_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
