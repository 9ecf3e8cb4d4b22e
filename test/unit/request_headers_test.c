/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "grpc/request_headers.h"
#include "http2/limits.h"

/* Headers as "name", "value", …, NULL. */
static enum request_headers_verdict judge(uint32_t header_size, const char *const *headers,
                                          struct request_headers *request)
{
    *request = (struct request_headers){0};
    for (; *headers != NULL; headers += 2)
        request_headers_add(request, (const uint8_t *)headers[0], strlen(headers[0]),
                            (const uint8_t *)headers[1], strlen(headers[1]));
    return request_headers_judge(request, header_size);
}

#define CALL ":method", "POST", ":scheme", "http", "content-type", "application/grpc"

static void a_plain_call_is_acceptable(void **state)
{
    struct request_headers request;

    (void)state;
    assert_int_equal(judge(H2_HEADERS_MAX, (const char *[]){CALL, NULL}, &request), REQUEST_OK);
    assert_int_equal(request.encoding, ENCODING_IDENTITY);
    assert_false(request.timeout_given);
    assert_int_equal(judge(0, (const char *[]){CALL, "x-unknown", "1", "grpc-odd", "2", NULL}, &request),
                     REQUEST_OK);
}

static void what_a_call_says_of_itself_is_kept(void **state)
{
    struct request_headers request;

    (void)state;
    assert_int_equal(
        judge(0, (const char *[]){CALL, "grpc-timeout", "5S", "grpc-encoding", "gzip", NULL}, &request),
        REQUEST_OK);
    assert_true(request.timeout_given);
    assert_int_equal(request.timeout_ms, 5000);
    assert_int_equal(request.encoding, ENCODING_GZIP);
}

static void the_first_rule_that_fails_is_the_verdict(void **state)
{
    static const struct {
        enum request_headers_verdict verdict;
        uint32_t header_size;
        const char *headers[9];
    } cases[] = {
        {REQUEST_HEADERS_TOO_BIG, H2_HEADERS_MAX + 1, {":method", "GET", "content-type", "text/plain"}},
        {REQUEST_NOT_POST, 0, {":method", "GET", "content-type", "text/plain", "grpc-timeout", "x"}},
        {REQUEST_NOT_POST, 0, {":method", "post", "content-type", "application/grpc"}},
        {REQUEST_NOT_POST, 0, {"content-type", "application/grpc"}},
        {REQUEST_NOT_GRPC, 0, {":method", "POST", "content-type", "text/plain", "grpc-timeout", "x"}},
        {REQUEST_NOT_GRPC, 0, {":method", "POST", ":scheme", "http"}},
        {REQUEST_BAD_TIMEOUT, 0, {CALL, "grpc-timeout", "x"}},
        {REQUEST_BAD_SCHEME, 0, {":method", "POST", ":scheme", "gopher", "content-type", "application/grpc"}},
        {REQUEST_BAD_SCHEME, 0, {":method", "POST", "content-type", "application/grpc"}},
        {REQUEST_EXPIRED, 0, {CALL, "grpc-timeout", "0S"}},
        {REQUEST_EXPIRED, 0, {CALL, "grpc-timeout", "1n"}},
    };
    struct request_headers request;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(judge(cases[i].header_size, cases[i].headers, &request), cases[i].verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_call_is_acceptable),
        cmocka_unit_test(what_a_call_says_of_itself_is_kept),
        cmocka_unit_test(the_first_rule_that_fails_is_the_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
