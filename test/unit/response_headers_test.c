/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "grpc/response_headers.h"

static void header(struct response_headers *headers, const char *name, const char *value)
{
    response_headers_add(headers, (const uint8_t *)name, strlen(name), (const uint8_t *)value, strlen(value));
}

static void grpc_response(struct response_headers *headers)
{
    header(headers, ":status", "200");
    header(headers, "content-type", "application/grpc");
}

static void check(struct response_headers *headers, enum status_code code, const char *message)
{
    struct status status;

    response_headers_status(headers, &status);
    assert_int_equal(status.code, code);
    if (message != NULL)
        assert_string_equal(status.message, message);
    response_headers_fini(headers);
}

static void ok_with_one_message_is_ok(void **state)
{
    struct response_headers headers = {.messages = 1};

    (void)state;
    grpc_response(&headers);
    assert_true(response_headers_is_grpc(&headers));
    header(&headers, "grpc-status", "0");
    check(&headers, STATUS_OK, "");
}

static void ok_with_no_or_two_messages_is_unimplemented(void **state)
{
    (void)state;
    for (unsigned messages = 0; messages < 3; messages += 2) {
        struct response_headers headers = {.messages = messages};

        grpc_response(&headers);
        header(&headers, "grpc-status", "0");
        check(&headers, STATUS_UNIMPLEMENTED, NULL);
    }
}

static void trailers_only_carry_code_and_message(void **state)
{
    struct response_headers headers = {0};

    (void)state;
    grpc_response(&headers);
    header(&headers, "grpc-status", "5");
    header(&headers, "grpc-message", "za%C5%BC % ok%zz");
    check(&headers, STATUS_NOT_FOUND, "zaż % ok%zz");
}

static void the_last_grpc_message_counts(void **state)
{
    struct response_headers headers = {0};

    (void)state;
    grpc_response(&headers);
    header(&headers, "grpc-message", "first");
    header(&headers, "grpc-message", "second");
    header(&headers, "grpc-status", "14");
    check(&headers, STATUS_UNAVAILABLE, "second");
}

static void a_strange_grpc_status_is_unknown(void **state)
{
    static const char *const values[] = {"", "x", "-1", "+1", "17", "99", "100", "4294967296", "0x1", "1 "};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct response_headers headers = {.messages = 1};

        grpc_response(&headers);
        header(&headers, "grpc-status", values[i]);
        check(&headers, STATUS_UNKNOWN, NULL);
    }
}

static void every_code_is_taken_as_it_is(void **state)
{
    static const char *const values[] = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                         "9", "10", "11", "12", "13", "14", "15", "16"};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct response_headers headers = {.messages = 1};

        grpc_response(&headers);
        header(&headers, "grpc-status", values[i]);
        check(&headers, (enum status_code)i, NULL);
    }
}

static void http_errors_are_translated(void **state)
{
    static const struct {
        const char *http;
        enum status_code code;
    } rows[] = {
        {"200", STATUS_UNKNOWN},         {"301", STATUS_UNKNOWN},           {"400", STATUS_INTERNAL},
        {"401", STATUS_UNAUTHENTICATED}, {"403", STATUS_PERMISSION_DENIED}, {"404", STATUS_UNIMPLEMENTED},
        {"418", STATUS_UNKNOWN},         {"429", STATUS_UNAVAILABLE},       {"431", STATUS_INTERNAL},
        {"500", STATUS_UNKNOWN},         {"502", STATUS_UNAVAILABLE},       {"503", STATUS_UNAVAILABLE},
        {"504", STATUS_UNAVAILABLE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct response_headers headers = {0};

        header(&headers, ":status", rows[i].http);
        header(&headers, "content-type", "text/html");
        assert_false(response_headers_is_grpc(&headers));
        check(&headers, rows[i].code, NULL);
    }
}

static void a_grpc_status_counts_more_than_http(void **state)
{
    struct response_headers headers = {0};

    (void)state;
    header(&headers, ":status", "503");
    header(&headers, "grpc-status", "7");
    header(&headers, "grpc-message", "not you");
    check(&headers, STATUS_PERMISSION_DENIED, "not you");
}

static void a_response_without_grpc_status_is_unknown(void **state)
{
    struct response_headers headers = {.messages = 1};

    (void)state;
    grpc_response(&headers);
    check(&headers, STATUS_UNKNOWN, "response ended without a grpc-status");
}

static void an_informational_response_is_forgotten(void **state)
{
    struct response_headers headers = {0};

    (void)state;
    header(&headers, ":status", "103");
    header(&headers, "grpc-status", "13");
    header(&headers, "grpc-message", "early");
    grpc_response(&headers);
    headers.messages = 1;
    header(&headers, "grpc-status", "0");
    check(&headers, STATUS_OK, "");
}

static void a_pushback_is_kept_and_two_mean_no_retry(void **state)
{
    struct response_headers headers = {0};

    (void)state;
    header(&headers, ":status", "103");
    assert_false(response_headers_is_final(&headers));
    header(&headers, "grpc-retry-pushback-ms", "1");
    grpc_response(&headers);
    assert_true(response_headers_is_final(&headers));
    assert_false(headers.pushed_back);
    header(&headers, "grpc-retry-pushback-ms", "250");
    assert_true(headers.pushed_back);
    assert_int_equal(headers.pushback_ms, 250);
    header(&headers, "grpc-retry-pushback-ms", "250");
    assert_int_equal(headers.pushback_ms, -1);
}

static void resets_are_translated(void **state)
{
    static const enum status_code codes[] = {
        STATUS_INTERNAL,          STATUS_INTERNAL, STATUS_INTERNAL, STATUS_INTERNAL,
        STATUS_INTERNAL,          STATUS_INTERNAL, STATUS_INTERNAL, STATUS_UNAVAILABLE,
        STATUS_CANCELLED,         STATUS_INTERNAL, STATUS_INTERNAL, STATUS_RESOURCE_EXHAUSTED,
        STATUS_PERMISSION_DENIED, STATUS_INTERNAL, STATUS_INTERNAL,
    };
    struct status status;

    (void)state;
    for (uint32_t code = 0; code < sizeof codes / sizeof codes[0]; code++) {
        response_headers_reset(code, &status);
        assert_int_equal(status.code, codes[code]);
    }
    response_headers_reset(UINT32_MAX, &status);
    assert_int_equal(status.code, STATUS_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ok_with_one_message_is_ok),
        cmocka_unit_test(ok_with_no_or_two_messages_is_unimplemented),
        cmocka_unit_test(trailers_only_carry_code_and_message),
        cmocka_unit_test(the_last_grpc_message_counts),
        cmocka_unit_test(a_strange_grpc_status_is_unknown),
        cmocka_unit_test(every_code_is_taken_as_it_is),
        cmocka_unit_test(http_errors_are_translated),
        cmocka_unit_test(a_grpc_status_counts_more_than_http),
        cmocka_unit_test(a_response_without_grpc_status_is_unknown),
        cmocka_unit_test(an_informational_response_is_forgotten),
        cmocka_unit_test(a_pushback_is_kept_and_two_mean_no_retry),
        cmocka_unit_test(resets_are_translated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
