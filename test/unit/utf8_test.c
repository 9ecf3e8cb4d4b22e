/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/utf8.h"

static size_t sequence(const char *text)
{
    return utf8_sequence((const uint8_t *)text, strlen(text));
}

static void well_formed_sequences_have_their_length(void **state)
{
    (void)state;
    assert_int_equal(sequence("a"), 1);
    assert_int_equal(sequence("\x7f"), 1);
    assert_int_equal(sequence("\xc2\x80"), 2);
    assert_int_equal(sequence("\xdf\xbf"), 2);
    assert_int_equal(sequence("\xe0\xa0\x80"), 3);
    assert_int_equal(sequence("\xed\x9f\xbf"), 3);
    assert_int_equal(sequence("\xef\xbf\xbf"), 3);
    assert_int_equal(sequence("\xf0\x90\x80\x80"), 4);
    assert_int_equal(sequence("\xf4\x8f\xbf\xbf"), 4);
}

static void what_is_ill_formed_has_none(void **state)
{
    static const char *const cases[] = {
        "",                 /* empty */
        "\x80",             /* a continuation byte alone */
        "\xc0\x80",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf5\x80\x80\x80", /* beyond U+10FFFF */
        "\xff",             /* not in UTF-8 */
        "\xe2\x98",         /* cut */
        "\xe2\x28\xa1",     /* no continuation byte */
        "\xf0\x90\x80",     /* cut */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(sequence(cases[i]), 0);
}

static bool is_text(const char *text, size_t size)
{
    return utf8_is_text((const uint8_t *)text, size);
}

static void text_has_no_control_characters(void **state)
{
    (void)state;
    assert_true(is_text("", 0));
    assert_true(is_text("plain \u00a0 \u263a \U0001f608", 17));
    assert_false(is_text("a\0b", 3));
    assert_false(is_text("a\n", 2));
    assert_false(is_text("\x7f", 1));
    assert_false(is_text("\xc2\x80", 2));
    assert_false(is_text("\xc2\x9f", 2));
    assert_true(is_text("\xc2\xa0", 2));
    assert_false(is_text("abc\xff", 4));
    assert_false(is_text("abc\xe2\x98", 5));
}

static void a_cut_splits_no_sequence(void **state)
{
    (void)state;
    assert_int_equal(utf8_cut("abc", 5), 3);
    assert_int_equal(utf8_cut("abc", 2), 2);
    assert_int_equal(utf8_cut("a\u263a", 3), 1);
    assert_int_equal(utf8_cut("a\u263a", 4), 4);
    assert_int_equal(utf8_cut("\U0001f608", 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_sequences_have_their_length),
        cmocka_unit_test(what_is_ill_formed_has_none),
        cmocka_unit_test(text_has_no_control_characters),
        cmocka_unit_test(a_cut_splits_no_sequence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
