/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"

static void our_own_words_may_be_of_any_length(void **state)
{
    struct buf out = {0};
    char word[1000];

    (void)state;
    for (size_t length = 250; length < 260; length++) {
        memset(word, 'x', length);
        word[length] = '\0';
        buf_printf(&out, "%s%d", word, 7);
        assert_int_equal(buf_length(&out), length + 1);
        assert_memory_equal(buf_bytes(&out), word, length);
        assert_int_equal(buf_bytes(&out)[length], '7');
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_words_may_be_of_any_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
