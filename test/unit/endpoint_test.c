/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "net/endpoint.h"

static void the_three_forms_are_understood(void **state)
{
    struct endpoint endpoint;

    (void)state;
    assert_int_equal(endpoint_parse(&endpoint, "localhost:8080", NULL), 0);
    assert_int_equal(endpoint.kind, ENDPOINT_TCP);
    assert_string_equal(endpoint.host, "localhost");
    assert_int_equal(endpoint.port, 8080);
    assert_int_equal(endpoint_parse(&endpoint, "[::1]:65535", NULL), 0);
    assert_string_equal(endpoint.host, "::1");
    assert_int_equal(endpoint.port, 65535);
    assert_int_equal(endpoint_parse(&endpoint, "[fe80::1%eth0]:0", NULL), 0);
    assert_string_equal(endpoint.host, "fe80::1%eth0");
    assert_int_equal(endpoint.port, 0);
    assert_int_equal(endpoint_parse(&endpoint, "unix:run/procjon.sock", NULL), 0);
    assert_int_equal(endpoint.kind, ENDPOINT_UNIX);
    assert_string_equal(endpoint.path, "run/procjon.sock");
}

static void malformed_endpoints_are_rejected_with_the_value_and_the_reason(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "the port is missing"},
        {"localhost", "the port is missing"},
        {"localhost:", "the port is missing"},
        {"[::1]", "the port is missing"},
        {"[::1]8080", "the port is missing"},
        {"[::1]:", "the port is missing"},
        {"localhost:65536", "'65536' is above 65535"},
        {"localhost:99999999999999999999", "is above 65535"},
        {"localhost:-1", "'-1' is not a number"},
        {"localhost:+1", "'+1' is not a number"},
        {"localhost: 1", "' 1' is not a number"},
        {"localhost:80x", "'80x' is not a number"},
        {"localhost:http", "'http' is not a number"},
        {":8080", "the host is missing"},
        {"[]:8080", "the host is missing"},
        {"::1:8080", "needs brackets"},
        {"fe80::1", "needs brackets"},
        {"[::1:8080", "']' is missing"},
        {"[localhost]:8080", "'localhost' is not an IPv6 address"},
        {"[127.0.0.1]:8080", "'127.0.0.1' is not an IPv6 address"},
        {"http://localhost:8080", "must be HOST:PORT"},
        {"local host:8080", "must be HOST:PORT"},
        {"unix:", "the path is missing"},
    };
    struct endpoint endpoint;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(endpoint_parse(&endpoint, cases[i].text, &err), -EINVAL);
        assert_non_null(strstr(err.msg, cases[i].text));
        assert_non_null(strstr(err.msg, cases[i].says));
    }
}

static void the_longest_path_and_host_fit_and_one_more_byte_does_not(void **state)
{
    char text[ENDPOINT_TEXT_MAX] = "unix:";
    struct endpoint endpoint;

    (void)state;
    memset(text + 5, 'p', ENDPOINT_PATH_MAX);
    assert_int_equal(endpoint_parse(&endpoint, text, NULL), -ENAMETOOLONG);
    text[5 + ENDPOINT_PATH_MAX - 1] = '\0';
    assert_int_equal(endpoint_parse(&endpoint, text, NULL), 0);
    memset(text, 'h', ENDPOINT_HOST_MAX);
    memcpy(text + ENDPOINT_HOST_MAX, ":1", 3);
    assert_int_equal(endpoint_parse(&endpoint, text, NULL), -ENAMETOOLONG);
    assert_int_equal(endpoint_parse(&endpoint, text + 1, NULL), 0);
}

static void an_address_resolves_to_itself_once(void **state)
{
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    char text[ENDPOINT_TEXT_MAX];
    struct endpoint endpoint;
    unsigned count = 0;

    (void)state;
    assert_int_equal(endpoint_parse(&endpoint, "127.0.0.1:80", NULL), 0);
    assert_int_equal(endpoint_resolve(&endpoint, addresses, &count, NULL), 0);
    assert_int_equal(count, 1);
    endpoint_format((struct sockaddr *)&addresses[0], text);
    assert_string_equal(text, "127.0.0.1:80");
    assert_int_equal(endpoint_parse(&endpoint, "[::1]:81", NULL), 0);
    assert_int_equal(endpoint_resolve(&endpoint, addresses, &count, NULL), 0);
    assert_int_equal(count, 1);
    endpoint_format((struct sockaddr *)&addresses[0], text);
    assert_string_equal(text, "[::1]:81");
}

static void a_host_that_does_not_resolve_is_named_and_leaves_the_count_alone(void **state)
{
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    struct endpoint endpoint;
    unsigned count = 7;
    struct err err;

    (void)state;
    /* A label of more than 63 bytes fails without a query. */
    assert_int_equal(
        endpoint_parse(&endpoint,
                       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1", NULL),
        0);
    assert_true(endpoint_resolve(&endpoint, addresses, &count, &err) < 0);
    assert_non_null(strstr(err.msg, "cannot resolve 'aaaa"));
    assert_int_equal(count, 7);
}

static bool is_loopback(int family, const char *text)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_in v4 = {.sin_family = AF_INET};

    if (family == AF_INET6) {
        assert_int_equal(inet_pton(family, text, &v6.sin6_addr), 1);
        return endpoint_is_loopback((struct sockaddr *)&v6);
    }
    assert_int_equal(inet_pton(family, text, &v4.sin_addr), 1);
    return endpoint_is_loopback((struct sockaddr *)&v4);
}

static void loopback_is_127_and_one_in_both_families(void **state)
{
    (void)state;
    assert_true(is_loopback(AF_INET, "127.0.0.1"));
    assert_true(is_loopback(AF_INET, "127.255.255.255"));
    assert_false(is_loopback(AF_INET, "128.0.0.1"));
    assert_false(is_loopback(AF_INET, "0.0.0.0"));
    assert_false(is_loopback(AF_INET, "1.0.0.127"));
    assert_true(is_loopback(AF_INET6, "::1"));
    assert_true(is_loopback(AF_INET6, "::ffff:127.0.0.1"));
    assert_false(is_loopback(AF_INET6, "::ffff:10.0.0.1"));
    assert_false(is_loopback(AF_INET6, "::"));
    assert_false(is_loopback(AF_INET6, "fe80::1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_forms_are_understood),
        cmocka_unit_test(malformed_endpoints_are_rejected_with_the_value_and_the_reason),
        cmocka_unit_test(the_longest_path_and_host_fit_and_one_more_byte_does_not),
        cmocka_unit_test(an_address_resolves_to_itself_once),
        cmocka_unit_test(a_host_that_does_not_resolve_is_named_and_leaves_the_count_alone),
        cmocka_unit_test(loopback_is_127_and_one_in_both_families),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
