/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void bytes_come_out_in_the_order_they_went_in(void **state)
{
    struct buf buf = {0};
    uint8_t in = 0, out = 0;

    (void)state;
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < round % 37; i++) {
            buf_append(&buf, &in, 1);
            in++;
        }
        for (int i = 0; i < round % 31 && buf_length(&buf) > 0; i++) {
            assert_int_equal(*buf_bytes(&buf), out);
            buf_consume(&buf, 1);
            out++;
        }
    }
    while (buf_length(&buf) > 0) {
        assert_int_equal(*buf_bytes(&buf), out++);
        buf_consume(&buf, 1);
    }
    assert_int_equal(in, out);
    buf_fini(&buf);
    assert_null(buf.data);
}

static void reserve_makes_room_for_what_is_asked(void **state)
{
    struct buf buf = {0};

    (void)state;
    memset(buf_reserve(&buf, 100000), 'x', 100000);
    buf_grow(&buf, 100000);
    assert_int_equal(buf_length(&buf), 100000);
    buf_fini(&buf);
}

static void what_is_taken_is_a_string_without_what_was_eaten(void **state)
{
    struct buf buf = {0};
    char *string;

    (void)state;
    buf_append(&buf, "eaten, left", 11);
    buf_consume(&buf, 7);
    string = buf_take(&buf);
    assert_string_equal(string, "left");
    assert_int_equal(buf_length(&buf), 0);
    free(string);
    string = buf_take(&buf);
    assert_string_equal(string, "");
    free(string);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_in_the_order_they_went_in),
        cmocka_unit_test(reserve_makes_room_for_what_is_asked),
        cmocka_unit_test(what_is_taken_is_a_string_without_what_was_eaten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
