/* SPDX-License-Identifier: MIT */
/* Calls and connections from begin to end, their limits, and the cost of a message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counted.h"
#include "grpc/limits.h"
#include "http2/slab.h"
#include "server_bed.h"
#include "virtual_clock.h"

static bool is_kept(const struct bed *bed)
{
    return bed->kept != NULL;
}

static bool is_gone(const struct bed *bed)
{
    return bed->gone == bed->opened && bed->opened > 0;
}

static bool is_open(const struct bed *bed)
{
    return bed->opened > 0;
}

static void a_unary_call_is_answered_with_message_and_trailers(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_UNARY, NULL);
    bed_message(bed, 1, 10, true);
    bed_send(bed);
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->status, STATUS_OK);
    assert_int_equal(bed_seen(bed, NGHTTP2_HEADERS, 1), 2);
    assert_int_equal(bed_seen(bed, NGHTTP2_DATA, 1), 1);
    assert_int_equal(bed_seen(bed, NGHTTP2_RST_STREAM, 1), 0);
    bed_wait(bed, is_gone);
    assert_int_equal(bed->unanswered, 0);
}

static bool all_came(const struct bed *bed)
{
    return bed->messages == 1000;
}

/* The hot path: an agent sends a status on an open stream. */
static void a_lone_message_costs_no_memory_no_write_and_no_timer(void **state)
{
    struct bed *bed = *state;

    virtual_clock_start(); /* no timer fires meanwhile */
    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_message(bed, 1, 20, false);
    bed_send(bed);
    while (bed->messages < 1)
        bed_turn(bed);
    assert_true(counted_allocations > 0 && counted_writes > 0 &&
                counted_timer_starts > 0); /* checks the counters themselves */
    for (unsigned i = 1; i < 1000; i++) {
        bed_message(bed, 1, 20, false);
        bed_send(bed);
        counted_allocations = counted_writes = counted_timer_starts = 0;
        while (bed->messages <= i)
            bed_turn(bed);
        assert_int_equal(counted_allocations, 0);
        assert_int_equal(counted_writes, 0);
        assert_int_equal(counted_timer_starts, 0);
    }
    assert_true(all_came(bed));
    virtual_clock_stop();
}

static void a_method_gets_sent_when_its_messages_are_taken(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    bed->to_pour = 50;
    bed_call(bed, 1, "POST", BED_POUR, NULL);
    bed_message(bed, 1, 0, true);
    bed_send(bed);
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->to_pour, 0);
    assert_int_equal(bed_seen(bed, NGHTTP2_DATA, 1), 50);
}

static void a_response_may_come_later(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_LATER, "5S");
    bed_message(bed, 1, 3, true);
    bed_send(bed);
    bed_wait(bed, is_kept);
    server_call_reply(bed->kept, (const uint8_t *)"yes", 3);
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->status, STATUS_OK);
}

/* The commit may complete in the loop iteration in which the deadline expires. */
static void a_response_after_the_deadline_is_dropped(void **state)
{
    struct bed *bed = *state;
    bool late = false;

    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_LATER, "30m");
    bed_message(bed, 1, 3, true);
    bed_send(bed);
    bed_wait(bed, is_kept);
    while (bed->kept != NULL && !late) {
        late = server_call_answered(bed->kept);
        if (late) {
            server_call_reply(bed->kept, (const uint8_t *)"yes", 3);
            server_call_fail(bed->kept, STATUS_INTERNAL, "no");
        } else {
            (void)uv_run(&bed->loop, UV_RUN_ONCE);
        }
    }
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->status, STATUS_DEADLINE_EXCEEDED);
    assert_int_equal(bed_seen(bed, NGHTTP2_HEADERS, 1), 1);
    assert_int_equal(bed_seen(bed, NGHTTP2_DATA, 1), 0);
}

static void a_cancelled_call_ends_with_gone(void **state)
{
    static const uint8_t cancel[4] = {0, 0, 0, NGHTTP2_CANCEL};
    struct bed *bed = *state;

    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_frame(bed, NGHTTP2_RST_STREAM, 0, 1, cancel, sizeof cancel);
    bed_send(bed);
    bed_wait(bed, is_gone);
    assert_int_equal(bed->unanswered, 1);
    assert_int_equal(bed_seen(bed, NGHTTP2_HEADERS, 1), 0);
}

static void a_lost_connection_ends_its_calls_with_gone(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    for (int32_t stream = 1; stream < 20; stream += 2)
        bed_call(bed, stream, "POST", BED_REPORT, NULL);
    bed_send(bed);
    bed_wait(bed, is_open);
    bed_hang_up(bed);
    while (bed->served.server.connections.count > 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->gone, 10);
    assert_int_equal(bed->unanswered, 10);
}

static void closing_a_server_ends_its_calls(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_call(bed, 3, "POST", BED_LATER, NULL);
    bed_message(bed, 3, 3, true);
    bed_send(bed);
    bed_wait(bed, is_kept);
    server_close(&bed->served.server);
    bed_wait(bed, bed_hung_up);
    assert_int_equal(bed->gone, 2);
}

static void a_call_beyond_the_limit_of_all_connections_is_refused(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    bed->served.server.calls.open += GRPC_CALLS_MAX;
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_send(bed);
    bed_wait(bed, bed_reset);
    bed->served.server.calls.open -= GRPC_CALLS_MAX;
    assert_int_equal(bed_code(bed, NGHTTP2_RST_STREAM), NGHTTP2_REFUSED_STREAM);
    assert_int_equal(bed->opened, 0);
}

static void unfinished_messages_beyond_the_limit_of_all_connections_are_refused(void **state)
{
    static const uint8_t half[] = {0, 0, 0, 0, 9, 'x'};
    struct bed *bed = *state;

    bed_greet(bed);
    bed->served.server.calls.buffered += GRPC_BUFFERED_MAX;
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_message(bed, 1, 20, false); /* complete messages are not buffered */
    bed_frame(bed, NGHTTP2_DATA, 0, 1, half, sizeof half);
    bed_send(bed);
    bed_wait(bed, bed_answered);
    bed->served.server.calls.buffered -= GRPC_BUFFERED_MAX;
    assert_int_equal(bed->status, STATUS_RESOURCE_EXHAUSTED);
    assert_int_equal(bed->messages, 1);
    assert_int_equal(bed->served.server.calls.buffered, 0);
}

/* Makes slab_new fail. */
static bool no_pages;

struct slab *__real_slab_new(void);
struct slab *__wrap_slab_new(void);
struct slab *__wrap_slab_new(void)
{
    return no_pages ? NULL : __real_slab_new();
}

static int set_up_small(void **state)
{
    return bed_set_up_limited(state, 2, 1);
}

/* Connects another client; returns whether the server closed the connection. *fd is its socket. */
static bool is_refused(struct bed *bed, int *fd)
{
    struct sockaddr_storage address;
    int size = sizeof address;
    uint64_t before =
        bed->served.server.connections.counters.accepted + bed->served.server.connections.counters.refused;
    char byte;

    assert_int_equal(uv_tcp_getsockname(&bed->served.listener.uv.tcp, (struct sockaddr *)&address, &size), 0);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(*fd, (struct sockaddr *)&address, (socklen_t)size), 0);
    while (bed->served.server.connections.counters.accepted +
               bed->served.server.connections.counters.refused ==
           before)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    for (int i = 0; i < 3; i++)
        bed_turn(bed); /* SETTINGS, or the end of the connection */
    return recv(*fd, &byte, 1, 0) == 0;
}

static void connections_beyond_the_limit_of_an_address_are_refused(void **state)
{
    struct bed *bed = *state;
    int fd;

    bed_greet(bed);
    assert_true(is_refused(bed, &fd));
    (void)close(fd);
    assert_int_equal(bed->served.server.connections.count, 1);
    bed_hang_up(bed);
    while (bed->served.server.connections.count > 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_false(is_refused(bed, &fd));
    (void)close(fd);
}

static void connections_beyond_the_limit_are_refused(void **state)
{
    struct bed *bed = *state;
    int fd;

    bed_greet(bed);
    bed->served.server.connections.source_max = 10;
    bed->served.server.connections.max = 1;
    assert_true(is_refused(bed, &fd));
    (void)close(fd);
    assert_int_equal(bed->served.server.connections.counters.refused, 1);
}

static void a_connection_without_memory_is_refused_and_the_others_stay(void **state)
{
    struct bed *bed = *state;
    int fd;

    bed_greet(bed);
    bed->served.server.connections.source_max = 10;
    no_pages = true;
    assert_true(is_refused(bed, &fd));
    (void)close(fd);
    no_pages = false;
    assert_int_equal(bed->served.server.connections.count, 1);
    assert_false(is_refused(bed, &fd));
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_unary_call_is_answered_with_message_and_trailers, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(a_lone_message_costs_no_memory_no_write_and_no_timer, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(a_method_gets_sent_when_its_messages_are_taken, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(a_response_may_come_later, bed_set_up, bed_tear_down),
        cmocka_unit_test_setup_teardown(a_response_after_the_deadline_is_dropped, bed_set_up, bed_tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_call_ends_with_gone, bed_set_up, bed_tear_down),
        cmocka_unit_test_setup_teardown(a_lost_connection_ends_its_calls_with_gone, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(closing_a_server_ends_its_calls, bed_set_up, bed_tear_down),
        cmocka_unit_test_setup_teardown(a_call_beyond_the_limit_of_all_connections_is_refused, bed_set_up,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(unfinished_messages_beyond_the_limit_of_all_connections_are_refused,
                                        bed_set_up, bed_tear_down),
        cmocka_unit_test_setup_teardown(connections_beyond_the_limit_of_an_address_are_refused, set_up_small,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(connections_beyond_the_limit_are_refused, set_up_small,
                                        bed_tear_down),
        cmocka_unit_test_setup_teardown(a_connection_without_memory_is_refused_and_the_others_stay,
                                        set_up_small, bed_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
