/* SPDX-License-Identifier: MIT */
/* What the options of an http_client change in its requests and replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "http/client.h"
#include "standin.h"

/* Longer than any machine takes for a request on itself. */
#define DEADLINE_MS 60000
#define BODY_MAX 64

#define SCRIPT(fixture, ...)                                                                                 \
    static const struct standin_answer script[] = {__VA_ARGS__};                                             \
    standin_script(&(fixture)->standin, script, sizeof script / sizeof script[0])

struct fixture {
    uv_loop_t loop;
    struct standin standin;
    struct http_client http;
    bool closed;
    struct http_client_reply reply;
    char body[BODY_MAX], reason[BODY_MAX], error[256];
};

static int setup(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof *fixture);

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    standin_open(&fixture->standin, &fixture->loop);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    standin_close(&fixture->standin);
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    standin_fini(&fixture->standin);
    free(fixture);
    return 0;
}

static void on_closed(struct http_client *http)
{
    container_of(http, struct fixture, http)->closed = true;
}

static void on_reply(struct http_client *http, const struct http_client_reply *reply)
{
    struct fixture *fixture = container_of(http, struct fixture, http);

    fixture->reply = *reply;
    (void)snprintf(fixture->body, sizeof fixture->body, "%s", reply->body);
    (void)snprintf(fixture->reason, sizeof fixture->reason, "%s", reply->reason);
    (void)snprintf(fixture->error, sizeof fixture->error, "%s", reply->error);
    http_client_close(http, on_closed);
}

/* One request to the stand-in, by a client of its own. */
static void request(struct fixture *fixture, struct http_client_options options)
{
    options.url = fixture->standin.url;
    options.deadline_ms = DEADLINE_MS;
    options.replied = on_reply;
    fixture->closed = false;
    assert_int_equal(http_client_open(&fixture->http, &fixture->loop, &options, NULL), 0);
    assert_int_equal(http_client_get(&fixture->http, NULL), 0);
    while (!fixture->closed)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void the_reply_limit_is_that_of_the_options(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.status = 200, .body = "12345"}, {.status = 200, .body = "123456"});

    standin_listen(&fixture->standin);
    request(fixture, (struct http_client_options){.reply_max = 5});
    assert_string_equal(fixture->body, "12345");
    assert_false(fixture->reply.truncated);
    request(fixture, (struct http_client_options){.reply_max = 5});
    assert_string_equal(fixture->body, "12345");
    assert_true(fixture->reply.truncated);
    assert_int_equal(fixture->reply.status, 200);
}

static void a_url_that_is_not_public_is_masked_in_the_reply(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.status = 404, .body = "no 127.0.0.1"}, {.status = 404, .body = "no 127.0.0.1"});

    standin_listen(&fixture->standin);
    request(fixture, (struct http_client_options){.url_is_public = false});
    assert_null(strstr(fixture->body, "127.0.0.1"));
    request(fixture, (struct http_client_options){.url_is_public = true});
    assert_string_equal(fixture->body, "no 127.0.0.1");
}

static void a_user_is_authenticated_by_basic(void **state)
{
    struct fixture *fixture = *state;

    standin_listen(&fixture->standin);
    request(fixture, (struct http_client_options){.user = "watch", .password = "sesame: open"});
    assert_non_null(
        strstr(fixture->standin.posts[0].head, "\r\nAuthorization: Basic d2F0Y2g6c2VzYW1lOiBvcGVu\r\n"));
}

static void headers_are_those_of_the_options(void **state)
{
    struct fixture *fixture = *state;
    const char *head;

    standin_listen(&fixture->standin);
    request(fixture, (struct http_client_options){.authorization = "ApiKey a2V5",
                                                  .accept = "application/json",
                                                  .user_agent = "agent"});
    head = fixture->standin.posts[0].head;
    assert_non_null(strstr(head, "\r\nAuthorization: ApiKey a2V5\r\n"));
    assert_non_null(strstr(head, "\r\nAccept: application/json\r\n"));
    assert_non_null(strstr(head, "\r\nUser-Agent: agent\r\n"));
}

static void without_credentials_there_is_no_authorization(void **state)
{
    struct fixture *fixture = *state;

    standin_listen(&fixture->standin);
    request(fixture, (struct http_client_options){.url_is_public = true});
    assert_null(strstr(fixture->standin.posts[0].head, "Authorization"));
}

static void a_reason_has_no_address_and_an_error_has(void **state)
{
    struct fixture *fixture = *state;

    request(fixture, (struct http_client_options){.url_is_public = true});
    assert_int_equal(fixture->reply.status, 0);
    assert_string_equal(fixture->reason, "Couldn't connect to server");
    assert_non_null(strstr(fixture->error, "127.0.0.1"));
}

static void a_path_is_joined_to_a_url(void **state)
{
    static const char *const joined[][2] = {{"http://host", "http://host/_cluster/health"},
                                            {"https://host:9200/", "https://host:9200/_cluster/health"},
                                            {"http://host/es//", "http://host/es/_cluster/health"}};

    (void)state;
    for (size_t i = 0; i < sizeof joined / sizeof joined[0]; i++) {
        char *url = http_client_join(joined[i][0], "/_cluster/health", NULL);

        assert_string_equal(url, joined[i][1]);
        free(url);
    }
}

static void no_path_is_joined_to_what_has_a_user_or_a_query(void **state)
{
    static const char *const refused[] = {"",
                                          "host:9200",
                                          "ftp://host",
                                          "http://me:secret@host",
                                          "http://me@host",
                                          "http://host/?q",
                                          "http://host/#f"};
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_null(http_client_join(refused[i], "/_cluster/health", &err));
        assert_int_equal(err.code, -EINVAL);
        assert_null(strstr(err.msg, "secret"));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_reply_limit_is_that_of_the_options),
        TEST(a_url_that_is_not_public_is_masked_in_the_reply),
        TEST(a_user_is_authenticated_by_basic),
        TEST(headers_are_those_of_the_options),
        TEST(without_credentials_there_is_no_authorization),
        TEST(a_reason_has_no_address_and_an_error_has),
        cmocka_unit_test(a_path_is_joined_to_a_url),
        cmocka_unit_test(no_path_is_joined_to_what_has_a_user_or_a_query),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
