/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "http/server.h"
#include "http_peer.h"

#define KEEP_OPEN "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define ENDLESS "GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n"
/* Longer than any test. */
#define FAR_MS 3600000

static const struct http_server_limits limits = {
    .connections = 4, .idle_s = 3600, .request_ms = FAR_MS, .sweep_ms = FAR_MS, .budget_ms = 1000};

struct bed {
    struct http_server server;
    uv_loop_t loop;
    const char *address;
    unsigned responses, closed, pieces, done;
    bool close_in_request;
    uint64_t busy_ms; /* the time that a response takes */
};

static void spend(uint64_t ms)
{
    for (uint64_t end = uv_hrtime() + ms * 1000000; uv_hrtime() < end;)
        ;
}

/* Endless: the body ends with the connection only. */
static bool on_more(void *arg, struct buf *body)
{
    struct bed *bed = arg;

    bed->pieces++;
    for (int i = 0; i < 1000; i++)
        buf_puts(body, "again and again ");
    return true;
}

static void on_done(void *arg)
{
    ((struct bed *)arg)->done++;
}

static void on_request(struct http_server *server, const struct http_server_request *request,
                       struct http_response *response)
{
    struct bed *bed = container_of(server, struct bed, server);

    bed->responses++;
    spend(bed->busy_ms);
    http_response_text(response, HTTP_RESPONSE_OK, http_server_argument(request, "say"));
    buf_printf(&response->body, "%s %u", request->path, bed->responses);
    if (bed->close_in_request)
        http_server_close(server);
    if (strcmp(request->path, "/endless") == 0) {
        response->more = on_more;
        response->done = on_done;
        response->arg = bed;
    }
}

static void on_closed(struct http_server *server)
{
    container_of(server, struct bed, server)->closed++;
}

static const struct http_server_ops ops = {on_request, on_closed};

static void bed_open(struct bed *bed, const struct http_server_limits *with)
{
    struct err err;

    *bed = (struct bed){0};
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    if (http_server_open(&bed->server, &bed->loop, "127.0.0.1:0", false, with, &ops, &err) != 0)
        fail_msg("%s", err.msg);
    bed->address = bed->server.listeners[0].listener.text;
}

static void bed_close(struct bed *bed)
{
    http_server_close(&bed->server);
    http_server_close(&bed->server);
    assert_int_equal(bed->closed, 0);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    assert_int_equal(bed->closed, 1);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
}

static void close_both(struct bed *bed, struct http_peer *client)
{
    http_peer_close(client);
    bed_close(bed);
}

static void send_request(struct bed *bed, struct http_peer *client, const char *text)
{
    http_peer_open(client, &bed->loop, bed->address);
    http_peer_send(client, text);
}

static void the_path_and_the_arguments_of_a_request_are_decoded(void **state)
{
    struct bed bed;
    struct http_peer client;

    (void)state;
    bed_open(&bed, &limits);
    assert_string_equal(http_peer_get(&client, &bed.loop, bed.address, "/a%2Fb?say=caf%C3%A9+%26"),
                        "café &\n/a/b 1");
    assert_non_null(strstr((const char *)client.got.data, "Cache-Control: no-store"));
    close_both(&bed, &client);
}

static void a_connection_is_kept_for_the_next_request(void **state)
{
    struct bed bed;
    struct http_peer client;

    (void)state;
    bed_open(&bed, &limits);
    send_request(&bed, &client, KEEP_OPEN);
    http_peer_until(&client, "/ 1");
    http_peer_send(&client, KEEP_OPEN);
    http_peer_until(&client, "/ 2");
    close_both(&bed, &client);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct bed bed;
    struct http_peer client;

    (void)state;
    bed_open(&bed, &limits);
    send_request(&bed, &client, KEEP_OPEN KEEP_OPEN KEEP_OPEN);
    http_peer_until(&client, "/ 3");
    assert_true(strstr(http_peer_got(&client), "/ 1") < strstr(http_peer_got(&client), "/ 2"));
    close_both(&bed, &client);
}

static void head_has_the_headers_of_get_and_no_body(void **state)
{
    struct bed bed;
    struct http_peer client;

    (void)state;
    bed_open(&bed, &limits);
    send_request(&bed, &client,
                 "HEAD /endless HTTP/1.1\r\nHost: localhost\r\n\r\nHEAD / HTTP/1.1\r\nHost: "
                 "localhost\r\nConnection: close\r\n\r\n");
    http_peer_until_end(&client);
    assert_non_null(strstr(http_peer_got(&client), "Content-Length: 4\r\n"));
    assert_null(strstr(http_peer_got(&client), "/ 2"));
    assert_int_equal(bed.pieces, 0);
    assert_int_equal(bed.done, 1);
    close_both(&bed, &client);
}

/* A request, and the beginning of the response with which the connection ends. */
static const struct {
    const char *request, *response;
} refusals[] = {
    {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", "HTTP/1.1 405 "},
    {"DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 405 "},
    {"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 "},
    {"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 413 "},
    {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
};

static void other_methods_and_bodies_are_refused_and_the_connection_ends(void **state)
{
    struct bed bed;

    (void)state;
    bed_open(&bed, &limits);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct http_peer client;

        send_request(&bed, &client, refusals[i].request);
        http_peer_until_end(&client);
        assert_memory_equal(http_peer_got(&client), refusals[i].response, strlen(refusals[i].response));
        if (strstr(refusals[i].response, "405") != NULL)
            assert_non_null(strstr(http_peer_got(&client), "\r\nAllow: GET, HEAD\r\n"));
        http_peer_close(&client);
    }
    assert_int_equal(bed.responses, 0);
    bed_close(&bed);
}

static void headers_beyond_the_memory_of_a_connection_are_refused(void **state)
{
    static char request[100000];
    struct bed bed;
    struct http_peer client;

    (void)state;
    bed_open(&bed, &limits);
    memset(request, 'x', sizeof request - 1);
    memcpy(request, "GET / HTTP/1.1\r\nLong: ", strlen("GET / HTTP/1.1\r\nLong: "));
    send_request(&bed, &client, request);
    http_peer_until_end(&client);
    assert_int_equal(bed.responses, 0);
    close_both(&bed, &client);
}

static void one_connection_too_many_is_closed_and_the_others_are_not(void **state)
{
    struct bed bed;
    struct http_peer clients[5];

    (void)state;
    bed_open(&bed, &limits);
    for (int i = 0; i < 5; i++)
        http_peer_open(&clients[i], &bed.loop, bed.address);
    http_peer_until_end(&clients[4]);
    assert_string_equal(http_peer_got(&clients[4]), "");
    for (int i = 0; i < 4; i++) {
        http_peer_send(&clients[i], KEEP_OPEN);
        http_peer_until(&clients[i], "200 OK");
        http_peer_close(&clients[i]);
    }
    close_both(&bed, &clients[4]);
}

static void a_client_that_reads_nothing_blocks_no_other(void **state)
{
    struct bed bed;
    struct http_peer slow, other;
    unsigned before;

    (void)state;
    bed_open(&bed, &limits);
    send_request(&bed, &slow, ENDLESS);
    /* Until the socket buffers are full: then no further piece is produced. */
    do {
        before = bed.pieces;
        assert_non_null(strstr(http_peer_get(&other, &bed.loop, bed.address, "/"), "/ "));
        http_peer_close(&other);
    } while (bed.pieces == 0 || bed.pieces > before);
    assert_int_equal(bed.done, 0);
    http_peer_close(&slow);
    while (bed.done == 0)
        (void)uv_run(&bed.loop, UV_RUN_ONCE);
    bed_close(&bed);
}

static void a_connection_is_closed_at_the_request_timeout(void **state)
{
    static const struct http_server_limits short_timeouts = {
        .connections = 4, .idle_s = 3600, .request_ms = 500, .sweep_ms = 10, .budget_ms = 1000};
    struct bed bed;
    struct http_peer client, endless;

    (void)state;
    bed_open(&bed, &short_timeouts);
    send_request(&bed, &client, "GET / HTTP/1.1\r\nHo");
    send_request(&bed, &endless, ENDLESS);
    http_peer_until_end(&client);
    http_peer_until_end(&endless);
    assert_string_equal(http_peer_got(&client), "");
    while (bed.done == 0)
        (void)uv_run(&bed.loop, UV_RUN_ONCE);
    http_peer_close(&endless);
    close_both(&bed, &client);
}

static void an_idle_connection_is_closed(void **state)
{
    static const struct http_server_limits short_timeouts = {
        .connections = 4, .idle_s = 1, .request_ms = FAR_MS, .sweep_ms = FAR_MS, .budget_ms = 1000};
    struct bed bed;
    struct http_peer client;

    (void)state;
    bed_open(&bed, &short_timeouts);
    send_request(&bed, &client, "GET ");
    http_peer_until_end(&client);
    assert_int_equal(bed.responses, 0);
    close_both(&bed, &client);
}

/* One response spends the time budget of an iteration. */
static void slow_responses_are_spread_over_loop_iterations(void **state)
{
    static const struct http_server_limits narrow = {
        .connections = 4, .idle_s = 3600, .request_ms = FAR_MS, .sweep_ms = FAR_MS, .budget_ms = 2};
    struct bed bed;
    struct http_peer clients[4];
    unsigned before;

    (void)state;
    bed_open(&bed, &narrow);
    bed.busy_ms = 3;
    for (int i = 0; i < 4; i++)
        http_peer_open(&clients[i], &bed.loop, bed.address);
    for (int i = 0; i < 4; i++) {
        http_peer_send(&clients[i], KEEP_OPEN);
        http_peer_read(&clients[i]);
    }
    while (bed.responses < 4) {
        before = bed.responses;
        (void)uv_run(&bed.loop, UV_RUN_ONCE);
        assert_true(bed.responses <= before + 1);
    }
    for (int i = 0; i < 4; i++) {
        http_peer_until(&clients[i], "/ ");
        http_peer_close(&clients[i]);
    }
    bed_close(&bed);
}

static void it_may_be_closed_in_the_request_callback(void **state)
{
    struct bed bed;
    struct http_peer client, endless;

    (void)state;
    bed_open(&bed, &limits);
    send_request(&bed, &endless, ENDLESS);
    http_peer_until(&endless, "again");
    bed.close_in_request = true;
    send_request(&bed, &client, KEEP_OPEN);
    http_peer_until_end(&client);
    http_peer_until_end(&endless);
    assert_int_equal(bed.closed, 1);
    assert_int_equal(bed.done, 1);
    http_peer_close(&client);
    http_peer_close(&endless);
    http_server_close(&bed.server);
    assert_int_equal(uv_loop_close(&bed.loop), 0);
}

static void a_port_in_use_is_an_error_with_the_address(void **state)
{
    struct bed bed;
    struct http_server second;
    struct err err;
    char expected[128];

    (void)state;
    bed_open(&bed, &limits);
    assert_int_equal(http_server_open(&second, &bed.loop, bed.address, false, &limits, &ops, &err),
                     -EADDRINUSE);
    (void)snprintf(expected, sizeof expected,
                   "cannot serve HTTP on '%s': cannot listen on %s: Address already in use", bed.address,
                   bed.address);
    assert_string_equal(err.msg, expected);
    http_server_close(&second);
    bed_close(&bed);
}

static void an_address_beyond_loopback_needs_insecure(void **state)
{
    struct bed bed = {0};
    struct err err;

    (void)state;
    assert_int_equal(uv_loop_init(&bed.loop), 0);
    assert_int_equal(http_server_open(&bed.server, &bed.loop, "0.0.0.0:0", false, &limits, &ops, &err),
                     -EPERM);
    assert_non_null(strstr(err.msg, "0.0.0.0:0"));
    assert_non_null(strstr(err.msg, "--insecure"));
    (void)uv_run(&bed.loop, UV_RUN_DEFAULT);
    assert_int_equal(bed.closed, 0);
    assert_int_equal(http_server_open(&bed.server, &bed.loop, "0.0.0.0:0", true, &limits, &ops, &err), 0);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_path_and_the_arguments_of_a_request_are_decoded),
        cmocka_unit_test(a_connection_is_kept_for_the_next_request),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(head_has_the_headers_of_get_and_no_body),
        cmocka_unit_test(other_methods_and_bodies_are_refused_and_the_connection_ends),
        cmocka_unit_test(headers_beyond_the_memory_of_a_connection_are_refused),
        cmocka_unit_test(one_connection_too_many_is_closed_and_the_others_are_not),
        cmocka_unit_test(a_client_that_reads_nothing_blocks_no_other),
        cmocka_unit_test(a_connection_is_closed_at_the_request_timeout),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(slow_responses_are_spread_over_loop_iterations),
        cmocka_unit_test(it_may_be_closed_in_the_request_callback),
        cmocka_unit_test(a_port_in_use_is_an_error_with_the_address),
        cmocka_unit_test(an_address_beyond_loopback_needs_insecure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
