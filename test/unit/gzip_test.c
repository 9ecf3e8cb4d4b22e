/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include <zlib.h>

#include "grpc/gzip.h"

#define MAX 65536

/* `size` bytes of `fill`, compressed into `out`; returns the length. */
static size_t compressed(uint8_t *out, size_t room, size_t size, uint8_t fill, int window_bits)
{
    z_stream stream = {0};
    uint8_t *in = test_malloc(size + 1);

    memset(in, fill, size);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = in;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&stream);
    test_free(in);
    return room - stream.avail_out;
}

#define GZIP_WINDOW (MAX_WBITS + 16)
#define ZLIB_WINDOW MAX_WBITS

static enum gzip_result inflated(const uint8_t *in, size_t size, size_t *plain)
{
    struct buf out = {0};
    enum gzip_result result = gzip_inflate(in, size, MAX, &out);

    *plain = buf_length(&out);
    buf_fini(&out);
    return result;
}

static void every_size_up_to_the_limit_comes_out(void **state)
{
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, MAX - 1, MAX};
    uint8_t wire[1024];
    size_t plain;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = compressed(wire, sizeof wire, sizes[i], 'a', GZIP_WINDOW);

        assert_int_equal(inflated(wire, size, &plain), GZIP_OK);
        assert_int_equal(plain, sizes[i]);
    }
}

static void no_bytes_are_an_empty_message(void **state)
{
    size_t plain;

    (void)state;
    assert_int_equal(inflated(NULL, 0, &plain), GZIP_OK);
    assert_int_equal(plain, 0);
}

static void a_bomb_is_found_at_the_limit(void **state)
{
    uint8_t wire[65536];
    size_t plain;

    (void)state;
    assert_int_equal(inflated(wire, compressed(wire, sizeof wire, MAX + 1, 'a', GZIP_WINDOW), &plain),
                     GZIP_TOO_LARGE);
    assert_int_equal(inflated(wire, compressed(wire, sizeof wire, 50000000, 'a', GZIP_WINDOW), &plain),
                     GZIP_TOO_LARGE);
    assert_int_equal(plain, MAX + 1);
}

static void what_is_not_one_whole_gzip_stream_is_corrupt(void **state)
{
    uint8_t wire[1024];
    size_t size = compressed(wire, sizeof wire, 1000, 'a', GZIP_WINDOW);
    size_t plain;

    (void)state;
    for (size_t length = 1; length < size; length++)
        assert_int_equal(inflated(wire, length, &plain), GZIP_CORRUPT);
    wire[size] = 'x';
    assert_int_equal(inflated(wire, size + 1, &plain), GZIP_CORRUPT);
    wire[size - 1] ^= 1; /* of the length in the gzip trailer */
    assert_int_equal(inflated(wire, size, &plain), GZIP_CORRUPT);
    assert_int_equal(inflated((const uint8_t *)"garbage", 7, &plain), GZIP_CORRUPT);
    size = compressed(wire, sizeof wire, 1000, 'a', ZLIB_WINDOW);
    assert_int_equal(inflated(wire, size, &plain), GZIP_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_up_to_the_limit_comes_out),
        cmocka_unit_test(no_bytes_are_an_empty_message),
        cmocka_unit_test(a_bomb_is_found_at_the_limit),
        cmocka_unit_test(what_is_not_one_whole_gzip_stream_is_corrupt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
