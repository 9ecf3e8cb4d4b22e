/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "api/registration.h"
#include "base/buf.h"

static struct arena arena;
static struct registration registration;
static struct status status;

/* ---- protobuf by hand, for messages that no library would encode ---- */

static void put_varint(struct buf *buf, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)(value & 0x7f) | (value > 0x7f ? 0x80 : 0);

        buf_append(buf, &byte, 1);
        value >>= 7;
    } while (value > 0);
}

static void put_bytes(struct buf *buf, unsigned field, const void *bytes, size_t size)
{
    put_varint(buf, field << 3 | 2);
    put_varint(buf, size);
    buf_append(buf, bytes, size);
}

static void put_text(struct buf *buf, unsigned field, const char *text)
{
    put_bytes(buf, field, text, strlen(text));
}

static void put_number(struct buf *buf, unsigned field, int64_t value)
{
    put_varint(buf, field << 3);
    put_varint(buf, (uint64_t)value);
}

static void put_entry(struct buf *buf, int32_t code, const char *text)
{
    struct buf entry = {0};

    put_number(&entry, 1, code);
    put_text(&entry, 2, text);
    put_bytes(buf, 2, buf_bytes(&entry), buf_length(&entry));
    buf_fini(&entry);
}

static struct buf begin(const char *id, int64_t timeout)
{
    struct buf buf = {0};

    put_text(&buf, 1, id);
    put_number(&buf, 3, timeout);
    return buf;
}

static int decode(struct buf *buf)
{
    int result;

    arena_reset(&arena);
    status = (struct status){0};
    result = registration_decode(&registration, &arena, buf_bytes(buf), buf_length(buf), &status);
    buf_fini(buf);
    return result;
}

static void assert_invalid(struct buf *buf, const char *part)
{
    assert_int_equal(decode(buf), -EINVAL);
    assert_int_equal(status.code, STATUS_INVALID_ARGUMENT);
    if (strstr(status.message, part) == NULL)
        fail_msg("'%s' does not say '%s'", status.message, part);
}

/* ---- valid messages ---- */

static void a_map_of_statuses_is_read(void **state)
{
    struct buf buf = begin("db", 7);

    (void)state;
    put_entry(&buf, 0, "ok");
    put_entry(&buf, -5, "strange");
    assert_int_equal(decode(&buf), 0);
    assert_string_equal(registration.id, "db");
    assert_int_equal(registration.id_size, 2);
    assert_int_equal(registration.timeout_s, 7);
    assert_int_equal(registration.status_count, 2);
    assert_int_equal(registration.statuses[1].code, -5);
    assert_string_equal(registration.statuses[1].text, "strange");
}

static void a_list_of_names_is_read_with_positions_as_codes(void **state)
{
    struct buf buf = begin("db", 7);

    (void)state;
    put_text(&buf, 2, "ok");
    put_text(&buf, 2, "nok");
    assert_int_equal(decode(&buf), 0);
    assert_int_equal(registration.status_count, 2);
    assert_int_equal(registration.statuses[1].code, 1);
    assert_string_equal(registration.statuses[1].text, "nok");
}

static void an_entry_without_its_key_is_code_zero(void **state)
{
    struct buf buf = begin("db", 7), entry = {0};

    (void)state;
    put_text(&entry, 2, "ok");
    put_bytes(&buf, 2, buf_bytes(&entry), buf_length(&entry));
    buf_fini(&entry);
    put_entry(&buf, 1, "nok");
    assert_int_equal(decode(&buf), 0);
    assert_int_equal(registration.statuses[0].code, 0);
    assert_string_equal(registration.statuses[0].text, "ok");
}

static void a_service_may_have_no_status(void **state)
{
    struct buf buf = begin("db", 1);

    (void)state;
    assert_int_equal(decode(&buf), 0);
    assert_int_equal(registration.status_count, 0);
}

static void the_limits_are_inclusive(void **state)
{
    char text[257];
    struct buf buf;

    (void)state;
    memset(text, 'x', 256);
    text[256] = '\0';
    buf = begin(text, REGISTRATION_TIMEOUT_MAX);
    for (int32_t code = 0; code < REGISTRATION_STATUSES_MAX; code++)
        put_entry(&buf, code, code == 0 ? text : "x");
    assert_int_equal(decode(&buf), 0);
    assert_int_equal(registration.status_count, REGISTRATION_STATUSES_MAX);
}

static void unknown_fields_are_ignored(void **state)
{
    struct buf buf = begin("db", 1);

    (void)state;
    put_text(&buf, 15, "from the future");
    assert_int_equal(decode(&buf), 0);
}

/* ---- invalid messages ---- */

static void the_map_and_the_list_in_one_message_are_refused(void **state)
{
    struct buf map_first = begin("db", 1), list_first = begin("db", 1);

    (void)state;
    put_entry(&map_first, 0, "ok");
    put_text(&map_first, 2, "nok");
    assert_invalid(&map_first, "mixes");
    put_text(&list_first, 2, "ok");
    put_entry(&list_first, 1, "nok");
    assert_invalid(&list_first, "mixes");
}

static void an_identifier_outside_the_limits_is_refused(void **state)
{
    char text[258];
    struct buf empty = begin("", 1), control = begin("a\nb", 1), broken = begin("\xc3(", 1), nul = {0},
               longer;

    (void)state;
    memset(text, 'y', 257);
    text[257] = '\0';
    longer = begin(text, 1);
    put_bytes(&nul, 1, "a\0b", 3);
    put_number(&nul, 3, 1);
    assert_invalid(&empty, "serviceIdentifier is empty");
    assert_invalid(&control, "a\\x0ab");
    assert_invalid(&broken, "\\xc3(");
    assert_invalid(&nul, "a\\x00b");
    assert_invalid(&longer, "has 257 bytes: the limit is 256");
}

static void a_timeout_outside_the_limits_is_refused(void **state)
{
    static const struct {
        int64_t value;
        const char *shown;
    } cases[] = {
        {0, "timeout 0 is"},
        {-1, "timeout -1 is"},
        {INT32_MIN, "timeout -2147483648 is"},
        {REGISTRATION_TIMEOUT_MAX + 1, "timeout 31536001 is"},
        {INT64_C(1) << 31, "timeout 2147483648 is"}, /* of a client that has the field as uint32 */
        {UINT32_MAX, "timeout 4294967295 is"},
        {(INT64_C(1) << 32) + 7, "timeout 4294967303 is"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf buf = begin("db", cases[i].value);

        assert_invalid(&buf, cases[i].shown);
    }
}

static void a_text_outside_the_limits_is_refused(void **state)
{
    char text[258];
    struct buf longer = begin("db", 1), empty = begin("db", 1), control = begin("db", 1);

    (void)state;
    memset(text, 'z', 257);
    text[257] = '\0';
    put_entry(&longer, 4, text);
    assert_invalid(&longer, "statuses[4]");
    put_entry(&empty, 4, "");
    assert_invalid(&empty, "statuses[4] is empty");
    put_entry(&control, 4, "a\x7f");
    assert_invalid(&control, "control characters");
}

static void too_many_statuses_are_refused(void **state)
{
    struct buf buf = begin("db", 1);

    (void)state;
    for (int32_t code = 0; code <= REGISTRATION_STATUSES_MAX; code++)
        put_entry(&buf, code, "x");
    assert_invalid(&buf, "257 entries: the limit is 256");
}

static void bytes_that_are_not_protobuf_are_refused(void **state)
{
    struct buf cut = {0}, group = {0};

    (void)state;
    buf_append(&cut,
               "\x0a\x05"
               "ab",
               4);
    assert_invalid(&cut, "cannot be decoded");
    buf_append(&group, "\x0c", 1);
    assert_invalid(&group, "cannot be decoded");
}

/* The largest message in the form that needs most memory: unknown fields of two bytes. */
static void the_arena_is_large_enough_for_any_message(void **state)
{
    struct buf buf = begin("db", 1);

    (void)state;
    while (buf_length(&buf) + 2 <= 65536)
        buf_append(&buf, "\x28\x01", 2);
    assert_int_equal(decode(&buf), 0);
}

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_of_statuses_is_read),
        cmocka_unit_test(a_list_of_names_is_read_with_positions_as_codes),
        cmocka_unit_test(an_entry_without_its_key_is_code_zero),
        cmocka_unit_test(a_service_may_have_no_status),
        cmocka_unit_test(the_limits_are_inclusive),
        cmocka_unit_test(unknown_fields_are_ignored),
        cmocka_unit_test(the_map_and_the_list_in_one_message_are_refused),
        cmocka_unit_test(an_identifier_outside_the_limits_is_refused),
        cmocka_unit_test(a_timeout_outside_the_limits_is_refused),
        cmocka_unit_test(a_text_outside_the_limits_is_refused),
        cmocka_unit_test(too_many_statuses_are_refused),
        cmocka_unit_test(bytes_that_are_not_protobuf_are_refused),
        cmocka_unit_test(the_arena_is_large_enough_for_any_message),
    };

    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
