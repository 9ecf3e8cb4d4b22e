/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "http/client.h"
#include "pulse.h"
#include "standin.h"

#define DEADLINE_MS 1000

#define SCRIPT(fixture, ...)                                                                                 \
    static const struct standin_answer script[] = {__VA_ARGS__};                                             \
    standin_script(&(fixture)->standin, script, sizeof script / sizeof script[0])

struct fixture {
    uv_loop_t loop;
    struct pulse pulse;
    struct standin standin;
    struct http_client http;
    size_t replies, wanted; /* posts again until so many replies have come */
    size_t closed;
    bool close_in_reply;
    struct http_client_reply last;
    char body[HTTP_CLIENT_REPLY_MAX + 1];
    char error[256];
};

/* Replaces the resolver that libcurl's thread calls: it returns when the test posts the semaphore. */
static uv_sem_t resolver;

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *req, struct addrinfo **pai)
{
    (void)name, (void)service, (void)req, (void)pai;
    uv_sem_wait(&resolver);
    return EAI_NONAME;
}

static void on_closed(struct http_client *http)
{
    container_of(http, struct fixture, http)->closed++;
}

static void on_reply(struct http_client *http, const struct http_client_reply *reply)
{
    struct fixture *fixture = container_of(http, struct fixture, http);

    fixture->replies++;
    fixture->last = *reply;
    memcpy(fixture->body, reply->body, reply->size + 1);
    (void)snprintf(fixture->error, sizeof fixture->error, "%s", reply->error);
    if (fixture->close_in_reply)
        http_client_close(http, on_closed);
    else if (fixture->replies < fixture->wanted)
        assert_int_equal(http_client_post(http, "{}", 2, NULL), 0);
}

static int setup(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof *fixture);
    struct http_client_options options = {
        .content_type = "application/json", .deadline_ms = DEADLINE_MS, .replied = on_reply};

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    pulse_open(&fixture->pulse, &fixture->loop);
    standin_open(&fixture->standin, &fixture->loop);
    options.url = fixture->standin.url;
    assert_int_equal(http_client_open(&fixture->http, &fixture->loop, &options, NULL), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    http_client_close(&fixture->http, on_closed);
    http_client_close(&fixture->http, on_closed);
    standin_close(&fixture->standin);
    pulse_close(&fixture->pulse);
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    standin_fini(&fixture->standin);
    free(fixture);
    return 0;
}

static void post(struct fixture *fixture, const void *body, size_t size)
{
    size_t before = fixture->replies;

    assert_int_equal(http_client_post(&fixture->http, body, size, NULL), 0);
    assert_int_equal(fixture->replies, before); /* not from inside */
    while (fixture->replies == before)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void close_client(struct fixture *fixture)
{
    http_client_close(&fixture->http, on_closed);
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    fixture->closed = 0;
}

static void a_name_that_is_not_resolved_does_not_hold_up_the_loop(void **state)
{
    struct fixture *fixture = *state;
    struct http_client_options options = {
        .url = "http://slow.example/secret", .deadline_ms = DEADLINE_MS, .replied = on_reply};

    assert_int_equal(uv_sem_init(&resolver, 0), 0);
    close_client(fixture);
    assert_int_equal(http_client_open(&fixture->http, &fixture->loop, &options, NULL), 0);
    pulse_count(&fixture->pulse);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.status, 0);
    assert_false(fixture->last.maybe);
    assert_int_equal(http_client_post(&fixture->http, "{}", 2, NULL), 0);
    http_client_close(&fixture->http, on_closed); /* does not wait for the resolver either */
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->pulse.ticks,
                     DEADLINE_MS / PULSE_TICK_MS); /* of the post; the close took no time */
    uv_sem_post(&resolver);
    uv_sem_post(&resolver);
}

static void posts_share_one_connection(void **state)
{
    struct fixture *fixture = *state;

    standin_listen(&fixture->standin);
    for (int i = 0; i < 5; i++) {
        post(fixture, "{\"a\":1}", 7);
        assert_int_equal(fixture->last.status, 200);
        assert_string_equal(fixture->body, "ok");
    }
    assert_int_equal(fixture->standin.connection_count, 1);
    assert_int_equal(fixture->standin.post_count, 5);
    assert_string_equal(fixture->standin.posts[4].body, "{\"a\":1}");
    assert_non_null(strstr(fixture->standin.posts[4].head, "POST /services/T0/B0/secret HTTP/1.1\r\n"));
    assert_non_null(strstr(fixture->standin.posts[4].head, "Content-Type: application/json\r\n"));
}

static void a_reply_may_post_again(void **state)
{
    struct fixture *fixture = *state;

    standin_listen(&fixture->standin);
    fixture->wanted = 10;
    post(fixture, "{}", 2);
    while (fixture->replies < fixture->wanted)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->standin.post_count, 10);
    assert_int_equal(fixture->standin.connection_count, 1);
}

static void a_reply_may_close(void **state)
{
    struct fixture *fixture = *state;

    standin_listen(&fixture->standin);
    fixture->close_in_reply = true;
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.status, 200);
}

static void a_request_on_its_way_is_given_up_by_close(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.manner = STANDIN_NEVER});

    standin_listen(&fixture->standin);
    assert_int_equal(http_client_post(&fixture->http, "{}", 2, NULL), 0);
    while (fixture->standin.post_count == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    http_client_close(&fixture->http, on_closed);
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->replies, 0);
}

static void a_refused_connection_was_not_received(void **state)
{
    struct fixture *fixture = *state;

    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.status, 0);
    assert_false(fixture->last.maybe);
    assert_non_null(strstr(fixture->error, "connect"));
    assert_null(strstr(fixture->error, "secret"));
}

static void silence_after_the_request_may_have_been_received(void **state)
{
    struct fixture *fixture = *state;
    uint64_t from_ms = uv_now(&fixture->loop);
    SCRIPT(fixture, {.manner = STANDIN_NEVER});

    standin_listen(&fixture->standin);
    post(fixture, "{}", 2);
    assert_int_equal(uv_now(&fixture->loop) - from_ms, DEADLINE_MS);
    assert_int_equal(fixture->last.status, 0);
    assert_true(fixture->last.maybe);
}

static void a_hang_up_after_the_request_may_have_been_received(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.manner = STANDIN_HANG_UP});

    standin_listen(&fixture->standin);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.status, 0);
    assert_true(fixture->last.maybe);
}

static void
what_a_kept_connection_swallowed_may_have_been_received_whatever_the_next_one_answers(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.status = 200, .body = "ok"}, {.manner = STANDIN_HANG_UP}, {.status = 429, .body = ""});

    standin_listen(&fixture->standin);
    post(fixture, "{}", 2);
    assert_false(fixture->last.maybe);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->standin.post_count, 3);
    assert_int_equal(fixture->last.status, 429);
    assert_true(fixture->last.maybe);
}

/* The body does not fit into the socket buffers of both ends. */
static void a_request_half_written_was_not_received(void **state)
{
    struct fixture *fixture = *state;
    const size_t size = 64u << 20;
    char *body = mem_zalloc(size);
    SCRIPT(fixture, {.manner = STANDIN_NO_READ});

    standin_listen(&fixture->standin);
    post(fixture, body, size);
    free(body);
    assert_int_equal(fixture->last.status, 0);
    assert_false(fixture->last.maybe);
}

static void a_huge_reply_is_cut_and_keeps_its_status(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.status = 500, .body = "rollup_error", .filler = 8u << 20});

    standin_listen(&fixture->standin);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.status, 500);
    assert_int_equal(fixture->last.size, HTTP_CLIENT_REPLY_MAX);
    assert_memory_equal(fixture->body, "rollup_errorxxx", 15);
    post(fixture, "{}", 2);
    assert_string_equal(fixture->body, "ok");
}

static void a_redirect_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.status = 302, .headers = "Location: /elsewhere\r\n", .body = ""});

    standin_listen(&fixture->standin);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.status, 302);
    assert_int_equal(fixture->standin.post_count, 1);
}

static void retry_after_is_seconds(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(fixture, {.status = 429, .headers = "Retry-After: 7\r\n", .body = ""},
           {.status = 429, .headers = "Retry-After: 99999999999999\r\n", .body = ""});

    standin_listen(&fixture->standin);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.retry_after_ms, 7000);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.retry_after_ms, 86400000);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.retry_after_ms, 0);
}

static void retry_after_is_a_date(void **state)
{
    struct fixture *fixture = *state;
    char header[96];
    struct standin_answer answer = {.status = 429, .headers = header, .body = ""};
    time_t then = time(NULL) + 100;
    struct tm utc;

    (void)gmtime_r(&then, &utc);
    (void)strftime(header, sizeof header, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    standin_script(&fixture->standin, &answer, 1);
    standin_listen(&fixture->standin);
    post(fixture, "{}", 2);
    assert_int_equal(fixture->last.retry_after_ms, 100000);
}

static void what_is_no_http_url_is_refused_without_being_shown(void **state)
{
    static const char *const urls[] = {"", "hooks", "ftp://127.0.0.1/secret", "file:///secret", "https://"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct http_client_options options = {
            .url = urls[i], .content_type = "a/b", .deadline_ms = DEADLINE_MS, .replied = on_reply};
        struct http_client http;
        struct err err;

        assert_int_equal(http_client_open(&http, &fixture->loop, &options, &err), -EINVAL);
        assert_null(strstr(err.msg, "secret"));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_that_is_not_resolved_does_not_hold_up_the_loop),
        TEST(posts_share_one_connection),
        TEST(a_reply_may_post_again),
        TEST(a_reply_may_close),
        TEST(a_request_on_its_way_is_given_up_by_close),
        TEST(a_refused_connection_was_not_received),
        TEST(silence_after_the_request_may_have_been_received),
        TEST(a_hang_up_after_the_request_may_have_been_received),
        TEST(what_a_kept_connection_swallowed_may_have_been_received_whatever_the_next_one_answers),
        TEST(a_request_half_written_was_not_received),
        TEST(a_huge_reply_is_cut_and_keeps_its_status),
        TEST(a_redirect_is_not_followed),
        TEST(retry_after_is_seconds),
        TEST(retry_after_is_a_date),
        TEST(what_is_no_http_url_is_refused_without_being_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
