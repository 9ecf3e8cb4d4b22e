/* SPDX-License-Identifier: MIT */
/* The timeouts of http2/timeouts.h: each test shortens one of them and controls the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server_bed.h"
#include "virtual_clock.h"

/* Milliseconds. */
#define SHORT 60

/* Waits, and asserts how long it took by uv_now. */
static void wait_for(struct bed *bed, bool (*done)(const struct bed *bed), uint64_t ms)
{
    uint64_t start_ms = uv_now(&bed->loop);

    bed_wait(bed, done);
    assert_int_equal(uv_now(&bed->loop) - start_ms, ms);
}

static void a_client_that_sends_nothing_is_closed(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.handshake = SHORT;
    bed_dial(bed);
    wait_for(bed, bed_hung_up, SHORT);
}

static void a_client_that_stops_after_the_preface_is_closed(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.handshake = SHORT;
    bed_dial(bed);
    buf_append(&bed->request, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    bed_send(bed);
    wait_for(bed, bed_hung_up, SHORT);
}

static void settings_that_are_not_acknowledged_end_in_a_goaway(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.settings_ack = SHORT;
    bed_dial(bed);
    buf_append(&bed->request, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    bed_frame(bed, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    bed_send(bed);
    wait_for(bed, bed_hung_up, SHORT);
    assert_int_equal(bed_code(bed, NGHTTP2_GOAWAY), NGHTTP2_SETTINGS_TIMEOUT);
}

static void a_frame_that_is_not_finished_ends_the_connection_even_if_it_trickles(void **state)
{
    struct bed *bed = *state;
    uint64_t start_ms;

    bed->timeouts.frame = SHORT;
    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    start_ms = uv_now(&bed->loop);
    for (size_t left = buf_length(&bed->request); left > 1 && !bed->hung_up; left--) {
        if (send(bed->fd, buf_bytes(&bed->request), 1, MSG_NOSIGNAL) != 1)
            break;
        buf_consume(&bed->request, 1);
        (void)uv_run(&bed->loop, UV_RUN_ONCE); /* the server reads it, or its timer fires */
    }
    bed_wait(bed, bed_hung_up);
    assert_int_equal(uv_now(&bed->loop) - start_ms, SHORT);
    assert_int_equal(bed->opened, 0);
}

static void a_header_block_that_is_not_finished_ends_the_connection(void **state)
{
    static const uint8_t method[] = {0x83};
    struct bed *bed = *state;

    bed->timeouts.frame = SHORT;
    bed_greet(bed);
    bed_frame(bed, NGHTTP2_HEADERS, 0, 1, method, sizeof method);
    bed_send(bed);
    wait_for(bed, bed_hung_up, SHORT);
}

static void client_streaming_has_no_request_timeout(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.frame = bed->timeouts.request = bed->timeouts.half_close = bed->timeouts.write_stall =
        SHORT;
    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_message(bed, 1, 5, false);
    bed_call(bed, 3, "POST", BED_UNARY,
             NULL); /* a unary request has a timeout, and shows that it has passed */
    bed_send(bed);
    wait_for(bed, bed_reset, SHORT);
    assert_int_equal(bed->status, STATUS_DEADLINE_EXCEEDED);
    assert_int_equal(bed->gone, 1);
    bed_message(bed, 1, 5, true);
    bed->status = -1;
    bed_send(bed);
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->status, STATUS_OK);
    assert_int_equal(bed->messages, 2);
}

static void a_unary_request_without_half_close_is_answered_after_a_timeout(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.half_close = SHORT;
    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_UNARY, NULL);
    bed_message(bed, 1, 5, false);
    bed_send(bed);
    wait_for(bed, bed_answered, SHORT);
    bed_wait(bed, bed_reset);
    assert_int_equal(bed->status, STATUS_OK);
    assert_int_equal(bed_code(bed, NGHTTP2_RST_STREAM), NGHTTP2_NO_ERROR);
}

static void an_unfinished_request_that_is_not_grpc_is_answered_after_a_timeout(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.refuse = SHORT;
    bed_greet(bed);
    bed_call(bed, 1, "GET", BED_UNARY, NULL);
    bed_send(bed);
    wait_for(bed, bed_reset, SHORT);
    assert_int_equal(bed->http_status, 405);
    assert_int_equal(bed_code(bed, NGHTTP2_RST_STREAM), NGHTTP2_NO_ERROR);
}

static bool has_two_messages(const struct bed *bed)
{
    return bed->messages == 2;
}

static void take_one_more(struct server_call *call, const uint8_t *message, size_t size)
{
    struct bed *bed = server_call_service(call);

    (void)message;
    (void)size;
    bed->messages++;
}

static void take_what_is_forgiven(struct server_call *call, const uint8_t *message, size_t size)
{
    take_one_more(call, message, size);
    for (unsigned i = 0; i < H2_EXCESS_BURST; i++)
        server_call_pause_reading(call, SHORT);
    assert_int_equal(*server_call_read_paused_until(call), 0);
}

static void take_a_rest(struct server_call *call, const uint8_t *message, size_t size)
{
    const struct bed *bed = server_call_service(call);
    uint64_t due_ms = uv_now(&bed->loop) + SHORT;

    take_what_is_forgiven(call, message, size);
    server_call_pause_reading(call, SHORT);
    assert_int_equal(*server_call_read_paused_until(call), due_ms);
    server_call_pause_reading(call, SHORT / 2); /* not before */
    assert_int_equal(*server_call_read_paused_until(call), due_ms);
}

static void take(struct bed *bed,
                 void (*on_message)(struct server_call *call, const uint8_t *message, size_t size))
{
    for (size_t i = 0; i < BED_METHODS; i++) {
        if (bed->methods[i].stream)
            bed->methods[i].message = on_message;
    }
}

static void a_client_with_few_excess_requests_is_not_paused(void **state)
{
    struct bed *bed = *state;

    take(bed, take_what_is_forgiven);
    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_message(bed, 1, 5, true);
    bed_send(bed);
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->messages, 1);
}

static void a_client_is_read_again_after_a_pause(void **state)
{
    struct bed *bed = *state;

    take(bed, take_a_rest);
    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_REPORT, NULL);
    bed_message(bed, 1, 5, false);
    bed_send(bed);
    while (bed->messages == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    take(bed, take_one_more);
    bed_message(bed, 1, 5, true);
    bed_send(bed);
    wait_for(bed, has_two_messages, SHORT);
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->status, STATUS_OK);
}

static bool is_pinged(const struct bed *bed)
{
    return bed_seen(bed, NGHTTP2_PING, 0) > 0;
}

static bool is_pinged_twice(const struct bed *bed)
{
    return bed_seen(bed, NGHTTP2_PING, 0) > 1;
}

static void a_silent_client_is_pinged_and_stays_if_it_answers(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.handshake = bed->timeouts.ping =
        SHORT; /* the timer fires first when the handshake is due */
    bed->timeouts.ping_ack = 4 * SHORT;
    bed_greet(bed);
    wait_for(bed, is_pinged, SHORT);
    bed_frame(bed, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "procjon?", 8);
    bed_send(bed);
    bed_wait(bed, is_pinged_twice);
    assert_false(bed->hung_up);
}

static void a_client_that_does_not_answer_a_ping_is_closed(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.handshake = bed->timeouts.ping = bed->timeouts.ping_ack = SHORT;
    bed_greet(bed);
    wait_for(bed, bed_hung_up, 2 * SHORT); /* until the PING, and for its acknowledgement */
    assert_true(is_pinged(bed));
}

static void a_client_that_does_not_read_is_closed(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.write_stall = SHORT;
    bed->deaf = true;
    bed_greet(bed);
    bed->to_pour = UINT32_MAX;
    {
        const uint8_t window[] = {0, 4, 0x7f, 0xff, 0xff, 0xff}, more[] = {0x7f, 0, 0, 0};

        bed_frame(bed, NGHTTP2_SETTINGS, 0, 0, window, sizeof window);
        bed_frame(bed, NGHTTP2_WINDOW_UPDATE, 0, 0, more, sizeof more);
    }
    bed_call(bed, 1, "POST", BED_POUR, NULL);
    bed_message(bed, 1, 0, true);
    bed_send(bed);
    while (bed->gone == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->unanswered, 1);
    assert_int_equal(bed->served.server.connections.counters.failed, 1);
}

static void a_response_without_window_is_reset(void **state)
{
    static const uint8_t no_window[] = {0, 4, 0, 0, 0, 0};
    struct bed *bed = *state;

    bed->timeouts.write_stall = SHORT;
    bed_greet(bed);
    bed_frame(bed, NGHTTP2_SETTINGS, 0, 0, no_window, sizeof no_window);
    bed_call(bed, 1, "POST", BED_UNARY, NULL);
    bed_message(bed, 1, 5, true);
    bed_send(bed);
    wait_for(bed, bed_reset, SHORT);
    assert_int_equal(bed_code(bed, NGHTTP2_RST_STREAM), NGHTTP2_CANCEL);
    assert_int_equal(bed->gone, 1);
}

static void a_deadline_during_a_response_is_a_reset(void **state)
{
    static const uint8_t no_window[] = {0, 4, 0, 0, 0, 9};
    struct bed *bed = *state;

    bed_greet(bed);
    bed->to_pour = 100;
    bed_frame(bed, NGHTTP2_SETTINGS, 0, 0, no_window, sizeof no_window);
    bed_call(bed, 1, "POST", BED_POUR, "60m");
    bed_message(bed, 1, 0, true);
    bed_send(bed);
    wait_for(bed, bed_reset, SHORT);
    assert_int_equal(bed_code(bed, NGHTTP2_RST_STREAM), NGHTTP2_CANCEL);
    assert_int_equal(bed->status, -1);
}

static bool has_two_goaways(const struct bed *bed)
{
    return bed_seen(bed, NGHTTP2_GOAWAY, 0) == 2;
}

static void a_drain_does_not_wait_for_a_client_that_does_not_answer(void **state)
{
    struct bed *bed = *state;

    bed->timeouts.drain_notice = bed->timeouts.drain = SHORT;
    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_LATER, NULL);
    bed_message(bed, 1, 3, true);
    bed_send(bed);
    while (bed->kept == NULL)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    server_drain(&bed->served.server);
    wait_for(bed, has_two_goaways, SHORT);
    wait_for(bed, bed_hung_up, SHORT); /* the pending call had the time of the drain */
    assert_int_equal(bed->served.drained, 1);
    assert_int_equal(bed->unanswered, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, bed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_client_that_sends_nothing_is_closed),
        TEST(a_client_that_stops_after_the_preface_is_closed),
        TEST(settings_that_are_not_acknowledged_end_in_a_goaway),
        TEST(a_frame_that_is_not_finished_ends_the_connection_even_if_it_trickles),
        TEST(a_header_block_that_is_not_finished_ends_the_connection),
        TEST(client_streaming_has_no_request_timeout),
        TEST(a_unary_request_without_half_close_is_answered_after_a_timeout),
        TEST(an_unfinished_request_that_is_not_grpc_is_answered_after_a_timeout),
        TEST(a_client_with_few_excess_requests_is_not_paused),
        TEST(a_client_is_read_again_after_a_pause),
        TEST(a_silent_client_is_pinged_and_stays_if_it_answers),
        TEST(a_client_that_does_not_answer_a_ping_is_closed),
        TEST(a_client_that_does_not_read_is_closed),
        TEST(a_response_without_window_is_reset),
        TEST(a_deadline_during_a_response_is_a_reset),
        TEST(a_drain_does_not_wait_for_a_client_that_does_not_answer),
    };

    virtual_clock_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
