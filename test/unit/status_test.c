/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "grpc/status.h"

static void encode(const char *message, const char *wire)
{
    char out[STATUS_ENCODED_MAX];
    size_t size = status_encode(message, out);

    assert_int_equal(size, strlen(wire));
    assert_memory_equal(out, wire, size);
}

static void decode(const char *wire, const char *message)
{
    char out[STATUS_MESSAGE_MAX];

    status_decode((const uint8_t *)wire, strlen(wire), out);
    assert_string_equal(out, message);
}

static void what_is_not_plain_is_percent_encoded_in_capitals(void **state)
{
    (void)state;
    encode("plain ~ text !#$&", "plain ~ text !#$&");
    encode("100%", "100%25");
    encode("\x7f\x1f", "%7F%1F");
    /* The message of the gRPC interoperability test special_status_message. */
    encode("\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n",
           "%09%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA and non-BMP %F0%9F%98%88%09%0A");
}

static void bytes_that_are_no_utf8_become_the_replacement_character(void **state)
{
    (void)state;
    encode("a\xff", "a%EF%BF%BD");
    encode("\xc0\x80", "%EF%BF%BD%EF%BF%BD");
    encode("\xed\xa0\x80z", "%EF%BF%BD%EF%BF%BD%EF%BF%BDz");
    encode("\xe2\x98", "%EF%BF%BD%EF%BF%BD");
}

static void a_long_message_is_cut_inside_its_buffer(void **state)
{
    char message[4 * STATUS_MESSAGE_MAX], out[STATUS_ENCODED_MAX];

    (void)state;
    memset(message, 0xff, sizeof message - 1);
    message[sizeof message - 1] = '\0';
    assert_in_range(status_encode(message, out), STATUS_ENCODED_MAX - 12, STATUS_ENCODED_MAX);
    memset(message, 'x', sizeof message - 1);
    assert_in_range(status_encode(message, out), STATUS_MESSAGE_MAX, STATUS_ENCODED_MAX);
}

static void decoding_is_lenient(void **state)
{
    (void)state;
    decode("%41%62 %e2%98%ba", "Ab \u263a");
    decode("%zz 5% %4", "%zz 5% %4");
    decode("%", "%");
    decode("%%41", "%A");
    decode("a%00b", "a b"); /* a NUL would end the message */
    decode("", "");
}

static void what_is_encoded_is_decoded_again(void **state)
{
    char message[STATUS_MESSAGE_MAX], out[STATUS_ENCODED_MAX], back[STATUS_MESSAGE_MAX];

    (void)state;
    for (int first = 1; first < 128; first++) {
        for (int i = 0; i < 100; i++)
            message[i] = (char)((first + i * 7) % 127 + 1);
        message[100] = '\0';
        status_decode((const uint8_t *)out, status_encode(message, out), back);
        assert_string_equal(back, message);
    }
}

static void a_long_value_is_cut_to_a_message(void **state)
{
    char wire[4 * STATUS_MESSAGE_MAX], out[STATUS_MESSAGE_MAX];

    (void)state;
    memset(wire, 'x', sizeof wire);
    status_decode((const uint8_t *)wire, sizeof wire, out);
    assert_int_equal(strlen(out), STATUS_MESSAGE_MAX - 1);
}

static void codes_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(status_name(STATUS_OK), "OK");
    assert_string_equal(status_name(STATUS_UNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(status_name(17), "UNKNOWN");
    assert_string_equal(status_name(-1), "UNKNOWN");
}

static void a_status_is_set_and_cut(void **state)
{
    struct status status;

    (void)state;
    status_set(&status, STATUS_NOT_FOUND, "%0600d", 1);
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    assert_int_equal(strlen(status.message), STATUS_MESSAGE_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_plain_is_percent_encoded_in_capitals),
        cmocka_unit_test(bytes_that_are_no_utf8_become_the_replacement_character),
        cmocka_unit_test(a_long_message_is_cut_inside_its_buffer),
        cmocka_unit_test(decoding_is_lenient),
        cmocka_unit_test(what_is_encoded_is_decoded_again),
        cmocka_unit_test(a_long_value_is_cut_to_a_message),
        cmocka_unit_test(codes_have_their_names),
        cmocka_unit_test(a_status_is_set_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
