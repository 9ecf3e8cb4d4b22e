/* SPDX-License-Identifier: MIT */
/* Graceful shutdown: pending unary calls are answered, open streams are ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "server_bed.h"

static bool is_pinged(const struct bed *bed)
{
    return bed_seen(bed, NGHTTP2_PING, 0) > 0;
}

/* Runs until the second GOAWAY, which follows the client's PING acknowledgement. */
static void drain(struct bed *bed)
{
    server_drain(&bed->served.server);
    bed_wait(bed, is_pinged);
    bed_frame(bed, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, "procjon.", 8);
    bed_send(bed);
}

static void a_drain_ends_streams_and_waits_for_pending_unary_calls(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    bed_call(bed, 1, "POST", BED_LATER, NULL);
    bed_message(bed, 1, 3, true);
    bed_call(bed, 3, "POST", BED_REPORT, NULL);
    bed_send(bed);
    while (bed->kept == NULL || bed->opened < 2)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    drain(bed);
    bed_wait(bed, bed_answered);
    assert_int_equal(bed->status, STATUS_UNAVAILABLE);
    assert_false(bed->hung_up);
    server_call_reply(bed->kept, (const uint8_t *)"yes", 3);
    bed_wait(bed, bed_hung_up);
    assert_int_equal(bed->status, STATUS_OK);
    assert_int_equal(bed->served.drained, 1);
    assert_int_equal(bed->unanswered, 0);
}

static void a_drain_answers_an_unfinished_request_that_is_not_grpc(void **state)
{
    struct bed *bed = *state;

    bed_greet(bed);
    bed_call(bed, 1, "GET", BED_UNARY, NULL);
    bed_call(bed, 3, "POST", BED_REPORT, NULL);
    bed_send(bed);
    while (bed->opened == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    drain(bed);
    bed_wait(bed, bed_hung_up);
    assert_int_equal(bed->http_status, 405);
    assert_int_equal(bed->served.drained, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, bed_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_drain_ends_streams_and_waits_for_pending_unary_calls),
        TEST(a_drain_answers_an_unfinished_request_that_is_not_grpc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
