/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "channel_bed.h"
#include "grpc/server_connection.h"
#include "virtual_clock.h"

/* A name whose lookup fails when the test allows it to end. */
#define SLOW "slow.invalid"

static uv_sem_t may_answer;
static _Atomic unsigned slow_answers;

int __real_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list)
{
    if (strcmp(name, SLOW) != 0)
        return __real_getaddrinfo(name, service, hints, list);
    uv_sem_wait(&may_answer);
    slow_answers++;
    return EAI_NONAME;
}

static void a_unary_call_is_answered(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    assert_string_equal(channel_peer(&bed.channel), bed.served.listener.text);
    bed_ask(&bed, "/T/Ask", 5000);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.end.status.code, STATUS_OK);
    assert_int_equal(bed.heard, 1);
    bed_close(&bed);
}

static void an_unknown_method_is_unimplemented(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    bed_ask(&bed, "/T/Nobody", 5000);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.end.status.code, STATUS_UNIMPLEMENTED);
    assert_non_null(strstr(bed.end.status.message, "Nobody"));
    bed_close(&bed);
}

static void a_call_without_an_answer_ends_at_its_deadline(void **state)
{
    struct bed bed = {0};
    uint64_t began_ms;

    (void)state;
    bed_meet(&bed);
    virtual_clock_start();
    uv_update_time(&bed.loop);
    began_ms = uv_now(&bed.loop);
    bed_ask(&bed, "/T/Hang", 100);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.end.status.code, STATUS_DEADLINE_EXCEEDED);
    assert_int_equal(uv_now(&bed.loop) - began_ms, 100);
    bed_until(&bed, &bed.gone, 1); /* by the reset, or by its own deadline */
    bed_close(&bed);
    virtual_clock_stop();
}

static void a_stream_carries_many_messages_and_ends_with_the_answer(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    bed_tell(&bed);
    for (unsigned i = 1; i <= 3; i++) {
        client_call_send(bed.call, (const uint8_t *)"abc", i);
        assert_int_equal(client_call_unsent(bed.call), 5 + i);
        bed_until(&bed, &bed.heard, i);
        assert_int_equal(client_call_unsent(bed.call), 0);
        assert_int_equal(bed.last_size, i);
    }
    assert_true(bed.sent >= 1);
    assert_int_equal(bed.done, 0);
    client_call_half_close(bed.call);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.half_closed, 1);
    assert_int_equal(bed.end.status.code, STATUS_OK);
    bed_close(&bed);
}

static void a_stream_that_the_server_ends_early_leaves_the_connection_up(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    bed_tell(&bed);
    client_call_send(bed.call, (const uint8_t *)"stop", 4);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.end.status.code, STATUS_NOT_FOUND);
    assert_string_equal(bed.end.status.message, "enough");
    bed_ask(&bed, "/T/Ask", 5000);
    bed_until(&bed, &bed.done, 2);
    assert_int_equal(bed.end.status.code, STATUS_OK);
    assert_int_equal(bed.lost, 0);
    bed_close(&bed);
}

static void a_cancelled_call_has_no_callbacks(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    bed_ask(&bed, "/T/Hang", 5000);
    bed_until(&bed, &bed.heard, 1);
    client_call_cancel(bed.call);
    client_call_cancel(NULL);
    bed.call = NULL;
    bed_until(&bed, &bed.gone, 1);
    bed_close(&bed);
    assert_int_equal(bed.done, 0);
}

static void the_next_endpoint_is_tried_when_one_fails(void **state)
{
    struct bed bed = {0};

    (void)state;
    assert_int_equal(endpoint_parse(&bed.endpoints[0], "unix:/nonexistent/procjon.sock", NULL), 0);
    assert_int_equal(endpoint_parse(&bed.endpoints[1], "127.0.0.1:1", NULL), 0);
    bed.endpoint_count = 2;
    bed_meet(&bed);
    assert_string_equal(channel_peer(&bed.channel), bed.served.listener.text);
    bed_close(&bed);
}

static void a_name_is_resolved(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_open(&bed);
    (void)snprintf(bed.endpoints[0].host, sizeof bed.endpoints[0].host, "localhost");
    bed_connect(&bed);
    bed_until(&bed, &bed.ready, 1);
    assert_string_equal(channel_peer(&bed.channel), bed.served.listener.text);
    bed_close(&bed);
}

static void closing_does_not_wait_for_a_lookup(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_open(&bed);
    (void)snprintf(bed.endpoints[0].host, sizeof bed.endpoints[0].host, SLOW);
    bed_connect(&bed);
    (void)uv_run(&bed.loop, UV_RUN_NOWAIT);
    bed_close(&bed);
    assert_int_equal(bed.ready, 0);
    assert_int_equal(slow_answers, 0);
    uv_sem_post(&may_answer);
    while (slow_answers == 0)
        uv_sleep(1); /* AddressSanitizer reports what the thread does not free */
}

static void the_next_endpoint_waits_for_a_slow_lookup(void **state)
{
    struct bed bed = {0};

    (void)state;
    assert_int_equal(endpoint_parse(&bed.endpoints[0], SLOW ":1", NULL), 0);
    bed.endpoint_count = 1;
    bed_open(&bed);
    bed_connect(&bed);
    (void)uv_run(&bed.loop, UV_RUN_NOWAIT);
    assert_int_equal(bed.ready, 0);
    uv_sem_post(&may_answer);
    bed_until(&bed, &bed.ready, 1);
    assert_string_equal(channel_peer(&bed.channel), bed.served.listener.text);
    bed_close(&bed);
}

static void a_drain_moves_the_channel_and_ends_its_calls(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    bed_tell(&bed);
    client_call_send(bed.call, (const uint8_t *)"x", 1);
    bed_until(&bed, &bed.heard, 1);
    server_drain(&bed.served.server);
    bed_until(&bed, &bed.lost, 1);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.end.status.code, STATUS_UNAVAILABLE);
    bed_until(&bed, &bed.served.drained, 1);
    bed_close(&bed);
}

static void a_lost_connection_ends_the_calls_and_is_made_again(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    bed_ask(&bed, "/T/Hang", 20000);
    bed_until(&bed, &bed.heard, 1);
    h2_connection_close(&bed.served.server.connections.first->transport.h2);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.lost, 1);
    assert_int_equal(bed.end.status.code, STATUS_UNAVAILABLE);
    assert_non_null(strstr(bed.end.status.message, "connection lost"));
    bed_until(&bed, &bed.ready, 2);
    bed_close(&bed);
}

static void at_most_as_many_calls_are_open_as_the_server_allows(void **state)
{
    struct bed bed = {0};
    struct client_call *calls[H2_STREAMS_MAX];

    (void)state;
    bed_meet(&bed);
    for (unsigned i = 0; i < H2_STREAMS_MAX; i++) {
        calls[i] = channel_call(&bed.channel, &bed_tell_request, &bed_call_ops, &bed);
        assert_non_null(calls[i]);
    }
    assert_null(channel_call(&bed.channel, &bed_tell_request, &bed_call_ops, &bed));
    bed.call = calls[0];
    client_call_half_close(calls[0]);
    bed_until(&bed, &bed.done, 1);
    assert_int_equal(bed.end.status.code, STATUS_OK);
    calls[0] = channel_call(&bed.channel, &bed_tell_request, &bed_call_ops, &bed);
    assert_non_null(calls[0]);
    for (unsigned i = 0; i < H2_STREAMS_MAX; i++)
        client_call_cancel(calls[i]);
    bed_close(&bed);
    assert_int_equal(bed.lost, 0);
}

static void closing_is_legal_in_ready(void **state)
{
    struct bed bed = {.ends_when_ready = true};

    (void)state;
    bed_open(&bed);
    bed_connect(&bed);
    bed_until(&bed, &bed.channel_closed, 1);
    bed_close(&bed);
    assert_int_equal(bed.ready, 1);
}

static void closing_is_legal_in_done(void **state)
{
    struct bed bed = {.ends_when_done = true};

    (void)state;
    bed_meet(&bed);
    bed_ask(&bed, "/T/Ask", 5000);
    bed_until(&bed, &bed.channel_closed, 1);
    bed_close(&bed);
    assert_int_equal(bed.done, 1);
}

static void closing_is_legal_in_lost(void **state)
{
    struct bed bed = {.ends_when_lost = true};

    (void)state;
    bed_meet(&bed);
    server_close(&bed.served.server);
    bed_until(&bed, &bed.channel_closed, 1);
    bed_close(&bed);
    assert_int_equal(bed.lost, 1);
}

static void closing_ends_the_open_calls_through_done(void **state)
{
    struct bed bed = {0};

    (void)state;
    bed_meet(&bed);
    bed_ask(&bed, "/T/Hang", 20000);
    bed_until(&bed, &bed.heard, 1);
    bed_close(&bed);
    assert_int_equal(bed.done, 1);
    assert_int_equal(bed.end.status.code, STATUS_UNAVAILABLE);
    assert_int_equal(bed.lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unary_call_is_answered),
        cmocka_unit_test(an_unknown_method_is_unimplemented),
        cmocka_unit_test(a_call_without_an_answer_ends_at_its_deadline),
        cmocka_unit_test(a_stream_carries_many_messages_and_ends_with_the_answer),
        cmocka_unit_test(a_stream_that_the_server_ends_early_leaves_the_connection_up),
        cmocka_unit_test(a_cancelled_call_has_no_callbacks),
        cmocka_unit_test(the_next_endpoint_is_tried_when_one_fails),
        cmocka_unit_test(a_name_is_resolved),
        cmocka_unit_test(closing_does_not_wait_for_a_lookup),
        cmocka_unit_test(the_next_endpoint_waits_for_a_slow_lookup),
        cmocka_unit_test(a_drain_moves_the_channel_and_ends_its_calls),
        cmocka_unit_test(a_lost_connection_ends_the_calls_and_is_made_again),
        cmocka_unit_test(at_most_as_many_calls_are_open_as_the_server_allows),
        cmocka_unit_test(closing_is_legal_in_ready),
        cmocka_unit_test(closing_is_legal_in_done),
        cmocka_unit_test(closing_is_legal_in_lost),
        cmocka_unit_test(closing_ends_the_open_calls_through_done),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_sem_init(&may_answer, 0), 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
