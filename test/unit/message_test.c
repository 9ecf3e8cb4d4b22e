/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static const struct procjon_status two[] = {{0, "ok"}, {1, "nok"}};

static struct procjon_service_options valid(void)
{
    return (struct procjon_service_options){.name = "db", .statuses = two, .status_count = 2, .timeout = 10};
}

static void fill(char *text, size_t size)
{
    memset(text, 'x', size);
    text[size] = '\0';
}

static void refuse(const struct procjon_service_options *options, const char *part)
{
    struct err err;

    assert_int_not_equal(message_check(options, &err), 0);
    assert_non_null(strstr(err.msg, part));
}

static void names_have_1_to_256_bytes_of_text(void **state)
{
    struct procjon_service_options options = valid();
    char name[300];

    (void)state;
    options.name = name;
    fill(name, 256);
    assert_int_equal(message_check(&options, NULL), 0);
    fill(name, 257);
    refuse(&options, "longer than 256");
    options.name = "";
    refuse(&options, "empty");
    options.name = NULL;
    refuse(&options, "empty");
    options.name = "a\nb";
    refuse(&options, "control characters");
    options.name = "\xff";
    refuse(&options, "UTF-8");
}

static void statuses_are_at_most_256_and_have_texts(void **state)
{
    struct procjon_service_options options = valid();
    struct procjon_status many[257];

    (void)state;
    for (int i = 0; i < 257; i++)
        many[i] = (struct procjon_status){i, "x"};
    options.statuses = many;
    options.status_count = 256;
    assert_int_equal(message_check(&options, NULL), 0);
    options.status_count = 257;
    refuse(&options, "257");
    options.status_count = 2;
    many[1].text = "";
    refuse(&options, "empty");
    options.status_count = 0;
    assert_int_equal(message_check(&options, NULL), 0);
}

static void timeouts_last_from_a_second_to_a_year(void **state)
{
    struct procjon_service_options options = valid();

    (void)state;
    options.timeout = 1;
    assert_int_equal(message_check(&options, NULL), 0);
    options.timeout = 31536000;
    assert_int_equal(message_check(&options, NULL), 0);
    options.timeout = 0;
    refuse(&options, "timeout 0");
    options.timeout = 31536001;
    refuse(&options, "timeout 31536001");
    options.timeout = -1;
    refuse(&options, "timeout -1");
}

static void a_registration_is_the_bytes_of_a_service(void **state)
{
    /* proto3 omits a default value, such as the key 0. */
    static const uint8_t expected[] = {0x0a, 2,    'd', 'b',  0x12, 4,   0x12, 2,   'o',  'k', 0x12,
                                       7,    0x08, 1,   0x12, 3,    'n', 'o',  'k', 0x18, 10};
    struct procjon_service_options options = valid();
    size_t size;
    uint8_t *bytes = message_registration(&options, &size);

    (void)state;
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
}

static void a_status_is_the_bytes_of_a_service_status(void **state)
{
    static const uint8_t zero[] = {0x0a, 2, 'd', 'b'};
    static const uint8_t three[] = {0x0a, 2, 'd', 'b', 0x10, 3};
    uint8_t out[MESSAGE_STATUS_MAX];

    (void)state;
    assert_int_equal(message_status("db", 0, out), sizeof zero);
    assert_memory_equal(out, zero, sizeof zero);
    assert_int_equal(message_status("db", 3, out), sizeof three);
    assert_memory_equal(out, three, sizeof three);
}

static void the_longest_status_fits(void **state)
{
    uint8_t out[MESSAGE_STATUS_MAX];
    char name[257];

    (void)state;
    fill(name, 256);
    assert_in_range(message_status(name, INT_MIN, out), 256, MESSAGE_STATUS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_1_to_256_bytes_of_text),
        cmocka_unit_test(statuses_are_at_most_256_and_have_texts),
        cmocka_unit_test(timeouts_last_from_a_second_to_a_year),
        cmocka_unit_test(a_registration_is_the_bytes_of_a_service),
        cmocka_unit_test(a_status_is_the_bytes_of_a_service_status),
        cmocka_unit_test(the_longest_status_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
