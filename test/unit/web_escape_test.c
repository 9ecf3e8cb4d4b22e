/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "api/web/escape.h"
#include "base/percent_encoding.h"

static void expect(void (*escape)(struct buf *, const char *), const char *text, const char *expected)
{
    struct buf out = {0};

    escape(&out, text);
    buf_append(&out, "", 1);
    assert_string_equal((const char *)buf_bytes(&out), expected);
    buf_fini(&out);
}

static void html_has_no_character_that_could_begin_markup(void **state)
{
    (void)state;
    expect(escape_html, "", "");
    expect(escape_html, "ünï <b onclick='x' title=\"y\">&amp;",
           "ünï &lt;b onclick=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;");
    expect(escape_html, "<", "&lt;");
}

static void a_label_has_no_character_that_could_end_it(void **state)
{
    (void)state;
    expect(escape_label, "a\\b\"c\nd<é", "a\\\\b\\\"c\\nd<é");
}

static void a_url_component_keeps_unreserved_characters_only(void **state)
{
    (void)state;
    expect(escape_url, "aZ0-._~", "aZ0-._~");
    expect(escape_url, "a/b c+d?e&f%g=é", "a%2Fb%20c%2Bd%3Fe%26f%25g%3D%C3%A9");
}

static void valid_percent_encodings_are_decoded_and_others_stay(void **state)
{
    static const char *const rows[][2] = {
        {"", ""},         {"a%2Fb%20%c3%A9", "a/b é"},
        {"100%", "100%"}, {"%4", "%4"},
        {"%zz%", "%zz%"}, {"%00a", "%00a"},
        {"%2500", "%00"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];

        (void)snprintf(text, sizeof text, "%s", rows[i][0]);
        assert_int_equal(percent_encoding_decode(text), strlen(rows[i][1]));
        assert_string_equal(text, rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_has_no_character_that_could_begin_markup),
        cmocka_unit_test(a_label_has_no_character_that_could_end_it),
        cmocka_unit_test(a_url_component_keeps_unreserved_characters_only),
        cmocka_unit_test(valid_percent_encodings_are_decoded_and_others_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
