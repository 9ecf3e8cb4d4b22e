/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "elastic_health.h"

static void is(int http_status, const char *body, enum elastic_health expected, const char *expected_reason)
{
    char reason[ELASTIC_REASON_MAX];

    assert_int_equal(elastic_health_read(http_status, body, strlen(body), reason), expected);
    assert_string_equal(reason, expected_reason);
}

static void the_status_of_the_cluster_is_its_health(void **state)
{
    (void)state;
    is(200, "{\"cluster_name\":\"c\",\"status\":\"green\",\"timed_out\":false}", ELASTIC_GREEN, "");
    is(200, "{\"cluster_name\":\"c\",\"status\":\"yellow\",\"timed_out\":false}", ELASTIC_YELLOW, "");
    is(200, "{\"status\":\"red\",\"timed_out\":false,\"discovered_cluster_manager\":true}", ELASTIC_RED, "");
    is(200, "{\"status\":\"green\"}", ELASTIC_GREEN, "");
}

static void a_health_that_timed_out_is_none(void **state)
{
    (void)state;
    is(408, "{\"status\":\"green\",\"timed_out\":true}", ELASTIC_UNKNOWN, "the cluster timed out");
    is(200, "{\"status\":\"green\",\"timed_out\":true}", ELASTIC_UNKNOWN, "the cluster timed out");
}

static void a_refusal_is_unknown_whatever_it_says_besides(void **state)
{
    (void)state;
    is(401, "{\"error\":{\"root_cause\":[],\"type\":\"security_exception\",\"reason\":null},\"status\":401}",
       ELASTIC_UNKNOWN, "HTTP status 401: security_exception");
    is(401, "Unauthorized", ELASTIC_UNKNOWN, "HTTP status 401");
    is(403, "{\"error\":\"no\"}", ELASTIC_UNKNOWN, "HTTP status 403");
    is(429, "", ELASTIC_UNKNOWN, "HTTP status 429");
    is(503, "{\"error\":{\"type\":\"master_not_discovered_exception\"},\"status\":503}", ELASTIC_UNKNOWN,
       "HTTP status 503: master_not_discovered_exception");
    is(503, "{\"status\":\"green\"}", ELASTIC_UNKNOWN, "HTTP status 503");
    is(302, "{\"status\":\"green\"}", ELASTIC_UNKNOWN, "HTTP status 302");
}

static void what_no_cluster_says_is_unknown(void **state)
{
    (void)state;
    is(200, "", ELASTIC_UNKNOWN, "the reply is not JSON");
    is(200, "<html></html>", ELASTIC_UNKNOWN, "the reply is not JSON");
    is(200, "{\"status\":\"green\"", ELASTIC_UNKNOWN, "the reply is not JSON");
    is(200, "{\"status\":\"green\"} and more", ELASTIC_UNKNOWN, "the reply is not JSON");
    is(200, "[\"green\"]", ELASTIC_UNKNOWN, "the reply has no cluster status");
    is(200, "{}", ELASTIC_UNKNOWN, "the reply has no cluster status");
    is(200, "{\"status\":0}", ELASTIC_UNKNOWN, "the reply has no cluster status");
    is(200, "{\"status\":\"GREEN\"}", ELASTIC_UNKNOWN, "the cluster status is 'GREEN'");
    is(200, "{\"status\":\"unknown\"}", ELASTIC_UNKNOWN, "the cluster status is 'unknown'");
}

static void a_reason_has_an_end(void **state)
{
    char body[4096] = "{\"error\":{\"type\":\"";
    char reason[ELASTIC_REASON_MAX];
    size_t start = strlen(body);

    (void)state;
    memset(body + start, 'x', 4000);
    strcpy(body + start + 4000, "\"}}");
    assert_int_equal(elastic_health_read(500, body, strlen(body), reason), ELASTIC_UNKNOWN);
    assert_int_equal(strlen(reason), ELASTIC_REASON_MAX - 1);
}

static void deep_nesting_is_not_followed(void **state)
{
    char body[16384];
    char reason[ELASTIC_REASON_MAX];

    (void)state;
    memset(body, '[', sizeof body);
    assert_int_equal(elastic_health_read(200, body, sizeof body, reason), ELASTIC_UNKNOWN);
    assert_string_equal(reason, "the reply is not JSON");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_of_the_cluster_is_its_health),
        cmocka_unit_test(a_health_that_timed_out_is_none),
        cmocka_unit_test(a_refusal_is_unknown_whatever_it_says_besides),
        cmocka_unit_test(what_no_cluster_says_is_unknown),
        cmocka_unit_test(a_reason_has_an_end),
        cmocka_unit_test(deep_nesting_is_not_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
