/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_out_in_the_order_they_went_in),
        cmocka_unit_test(reserve_makes_room_for_what_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
