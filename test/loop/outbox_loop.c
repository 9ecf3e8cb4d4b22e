/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "outbox_bed.h"

static void an_idle_outbox_sends_a_notice_at_once_and_alone(void **state)
{
    struct bed *bed = *state;

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_add_status(bed, "web", "ok", "nok");
    bed_run_until_settled(bed, 2);
    assert_int_equal(bed->slack.post_count, 2);
    assert_string_equal(bed_text(&bed->slack, 0), "Agent db is not available: gone.");
    assert_string_equal(bed_text(&bed->slack, 1), "Service web changed its status to: nok");
    assert_string_equal(bed->outcomes[1], "delivered");
    assert_string_equal(bed->outcomes[2], "delivered");
    assert_int_equal(outbox_waiting(&bed->outbox), 0);
}

static void notices_during_a_request_are_merged_into_one_message(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 200, .body = "ok", .delay_ms = 50});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "first");
    bed_run_until_posted(bed, &bed->slack, 1);
    bed_add_unavailable(bed, "a");
    bed_add_status(bed, "b", "ok", "nok");
    bed_add_status(bed, "b", "nok", "bad");
    assert_int_equal(outbox_waiting(&bed->outbox), 4);
    bed_run_until_settled(bed, 4);
    assert_int_equal(bed->slack.post_count, 2);
    assert_string_equal(bed_text(&bed->slack, 1),
                        "2 services changed:\n• a: not available: gone\n• b: ok → bad, 2 changes");
}

static void an_error_response_backs_off_and_merges_what_is_put_meanwhile(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 500, .body = "rollup_error"}, {.status = 200, .body = "hello"},
               {.status = 503, .body = "<html>", .filler = 100000});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_answered(bed, SINK_RETRY, 1);
    assert_false(outbox_healthy(&bed->outbox));
    bed_add_unavailable(bed, "web");
    bed_run_until_settled(bed, 2);
    assert_true(outbox_healthy(&bed->outbox));
    assert_int_equal(bed->slack.post_count, 4);
    assert_in_range(bed_gap_ms(&bed->slack, 1), 10, 30);
    assert_in_range(bed_gap_ms(&bed->slack, 2), 20, 60);
    assert_in_range(bed_gap_ms(&bed->slack, 3), 40, 120);
    assert_string_equal(
        bed_text(&bed->slack, 3),
        "2 services are not available:\n• db: not available: gone\n• web: not available: gone");
}

static void a_sink_that_refuses_connections_gets_everything_later(void **state)
{
    struct bed *bed = *state;
    struct standin late;

    standin_open(&late, &bed->loop);
    bed_open_at(bed, late.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_answered(bed, SINK_UNREACHABLE, 1);
    bed_add_status(bed, "db", "ok", "nok");
    bed_run_until_answered(bed, SINK_UNREACHABLE, 3);
    standin_listen(&late);
    bed_run_until_settled(bed, 2);
    assert_int_equal(late.post_count, 1);
    assert_string_equal(bed_text(&late, 0), "db: ok → nok, not available: gone");
    standin_close(&late);
    while (late.owner.open > 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    standin_fini(&late);
}

static void a_message_that_may_have_been_received_is_retried_byte_for_byte(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.manner = STANDIN_HANG_UP}, {.status = 500, .body = ""},
               {.manner = STANDIN_NEVER});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_answered(bed, SINK_UNREACHABLE, 1);
    bed_add_unavailable(bed, "web");
    bed_add_status(bed, "db", "ok", "nok");
    bed_run_until_settled(bed, 3);
    assert_int_equal(bed->slack.post_count, 5);
    for (size_t i = 1; i < 4; i++)
        assert_string_equal(bed->slack.posts[i].body, bed->slack.posts[0].body);
    assert_non_null(strstr(bed->slack.posts[0].body, "\"footer\":\"event 1\""));
    assert_non_null(strstr(bed->slack.posts[4].body, "\"footer\":\"events 2–3 (2)\""));
}

static void a_429_causes_a_pause_and_then_half_the_rate(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 200, .body = "ok", .delay_ms = 20},
               {.status = 429, .body = "{\"retry_after\":0.3,\"ok\":false,\"error\":\"rate_limited\"}"},
               {.status = 200, .body = "ok", .delay_ms = 10}, {.status = 200, .body = "ok", .delay_ms = 10});

    bed_open_at(bed, bed->slack.url);
    for (int i = 0; i < 300; i++) {
        char service[16];

        (void)snprintf(service, sizeof service, "s%d", i % 100);
        bed_add_status(bed, service, i < 100 ? "ok" : "nok", i < 200 ? "nok" : "bad");
    }
    bed_run_until_answered(bed, SINK_RATE_LIMITED, 1);
    bed_add_unavailable(bed, "late");
    bed_run_until_posted(bed, &bed->slack, 3);
    assert_in_range(bed_gap_ms(&bed->slack, 2), 300, 300 + bed_limits.limiter.spread_ms);
    assert_non_null(strstr(bed_text(&bed->slack, 2), "101 services changed:\n"));
    assert_non_null(strstr(bed_text(&bed->slack, 2), "s1: ok → bad, 3 changes"));
    for (size_t posts = 4; posts <= 8; posts++) {
        bed_add_unavailable(bed, "again");
        bed_run_until_posted(bed, &bed->slack, posts);
    }
    /* Five intervals at half the rate, and no less. */
    assert_in_range(bed->slack.posts[7].at_ms - bed->slack.posts[1].at_ms,
                    300 + 5 * 2 * bed_limits.limiter.interval_ms,
                    300 + 6 * 2 * bed_limits.limiter.interval_ms);
    bed_run_until_settled(bed, 306);
}

static void the_retry_after_header_of_a_429_counts_too(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack,
               {.status = 429, .headers = "Retry-After: 1\r\n", .body = "{\"retry_after\":0.1}"});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_settled(bed, 1);
    assert_in_range(bed_gap_ms(&bed->slack, 1), 1000, 1000 + bed_limits.limiter.spread_ms);
}

static void a_burst_of_five_is_followed_by_the_steady_rate(void **state)
{
    struct bed *bed = *state;

    uint64_t start_ms;

    bed->limits.limiter.interval_ms = 100;
    bed_open_at(bed, bed->slack.url);
    start_ms = uv_now(&bed->loop);
    for (size_t i = 1; i <= 7; i++) {
        bed_add_unavailable(bed, "db");
        bed_run_until_settled(bed, i);
    }
    assert_int_equal(bed->slack.posts[4].at_ms - start_ms, 0);
    assert_in_range(bed->slack.posts[6].at_ms - start_ms, 2 * bed->limits.limiter.interval_ms,
                    2 * bed->limits.limiter.interval_ms + 2); /* rounded up to whole milliseconds twice */
}

static void a_rejected_message_is_retried_once_as_plain_text_and_blocks_no_other(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 400, .body = "invalid_payload"}, {.status = 500, .body = ""},
               {.status = 400, .body = "invalid_payload"});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "poison");
    bed_run_until_answered(bed, SINK_REJECTED, 1);
    bed_add_unavailable(bed, "db");
    bed_run_until_settled(bed, 2);
    assert_string_equal(bed->outcomes[1], "rejected");
    assert_string_equal(bed->outcomes[2], "delivered");
    assert_int_equal(bed->slack.post_count, 4);
    assert_non_null(strstr(bed->slack.posts[0].body, "attachments"));
    for (size_t i = 1; i < 3; i++)
        assert_string_equal(bed->slack.posts[i].body,
                            "{\"text\":\"Agent poison is not available: gone. [event 1]\"}");
    assert_non_null(strstr(bed->slack.posts[3].body, "attachments"));
}

static void a_plain_text_that_is_accepted_is_a_delivery(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 400, .body = "invalid_blocks"});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_settled(bed, 1);
    assert_string_equal(bed->outcomes[1], "delivered");
}

static void a_disabled_sink_is_probed_and_resumes_by_itself(void **state)
{
    struct bed *bed = *state;
    struct outbox_stats stats;
    BED_SCRIPT(&bed->slack, {.status = 404, .body = "no_service"}, {.status = 302, .body = ""},
               {.status = 410, .body = "channel_is_archived"});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_answered(bed, SINK_DISABLED, 1);
    bed_add_unavailable(bed, "web");
    bed_run_until_answered(bed, SINK_DISABLED, 3);
    assert_false(outbox_healthy(&bed->outbox));
    assert_int_equal(outbox_waiting(&bed->outbox), 2);
    bed_run_until_settled(bed, 2);
    assert_true(outbox_healthy(&bed->outbox));
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(bed_gap_ms(&bed->slack, i), bed_limits.limiter.probe_ms);
    outbox_stats(&bed->outbox, &stats);
    assert_int_equal(stats.answers[SINK_DELIVERED], 1);
    assert_int_equal(stats.answers[SINK_DISABLED], 3);
    assert_int_equal(stats.settled[OUTBOX_DELIVERED], 2);
    assert_int_equal(stats.waiting, 0);
    assert_int_equal(stats.state, SINK_DELIVERED);
}

static void a_change_that_was_undone_before_a_message_is_merged(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 429, .body = ""});

    bed_open_at(bed, bed->slack.url);
    bed_add_status(bed, "db", "ok", "nok");
    bed_run_until_answered(bed, SINK_RATE_LIMITED, 1);
    bed_add_status(bed, "db", "nok", "ok");
    bed_run_until_settled(bed, 2);
    assert_string_equal(bed->outcomes[1], "merged");
    assert_string_equal(bed->outcomes[2], "merged");
    assert_int_equal(bed->slack.post_count, 1);
    assert_int_equal(outbox_waiting(&bed->outbox), 0);
    bed_add_status(bed, "db", "ok", "bad");
    bed_run_until_settled(bed, 3);
    assert_string_equal(bed_text(&bed->slack, 1), "Service db changed its status to: bad");
}

static void the_end_of_a_change_is_told_if_the_change_may_have_been_told(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 500, .body = ""});

    bed_open_at(bed, bed->slack.url);
    bed_add_status(bed, "db", "ok", "nok");
    bed_run_until_answered(bed, SINK_RETRY, 1);
    bed_add_status(bed, "db", "nok", "ok");
    bed_run_until_settled(bed, 2);
    assert_string_equal(bed->outcomes[1], "delivered");
    assert_string_equal(bed_text(&bed->slack, 1), "db: status ok as before, 2 changes");
}

static void a_thousand_services_that_become_unavailable_are_two_messages(void **state)
{
    struct bed *bed = *state;

    bed_open_at(bed, bed->slack.url);
    for (int i = 0; i < 1000; i++) {
        char service[16];

        (void)snprintf(service, sizeof service, "s%d", i);
        bed_add_unavailable(bed, service);
    }
    bed_run_until_settled(bed, 1000);
    assert_int_equal(bed->slack.post_count, 2);
    assert_non_null(strstr(bed_text(&bed->slack, 1), "999 services are not available:\n• s1: "));
    assert_non_null(strstr(bed_text(&bed->slack, 1), "\nand 979 more: 979 not available"));
}

static void a_hundred_thousand_notices_are_sent_in_a_few_messages(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 500, .body = ""}, {.status = 500, .body = ""});

    bed_open_at(bed, bed->slack.url);
    for (int i = 0; i < 100000; i++) {
        char service[16];
        char text[16];

        (void)snprintf(service, sizeof service, "s%d", i % 1000);
        (void)snprintf(text, sizeof text, "t%d", i / 1000);
        bed_add_status(bed, service, "ok", text);
    }
    assert_int_equal(outbox_waiting(&bed->outbox), 100000);
    bed_run_until_settled(bed, 100000);
    assert_int_equal(bed->slack.post_count, 3);
    assert_non_null(strstr(bed_text(&bed->slack, bed->slack.post_count - 1), "s1: ok → t99, 100 changes"));
}

static void markup_in_a_name_is_escaped(void **state)
{
    struct bed *bed = *state;

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "<!channel> & co");
    bed_run_until_settled(bed, 1);
    assert_string_equal(bed_text(&bed->slack, 0), "Agent &lt;!channel&gt; &amp; co is not available: gone.");
}

static void a_sink_that_never_responds_does_not_block_the_loop(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.manner = STANDIN_NEVER}, {.manner = STANDIN_NEVER});

    uint64_t start_ms;

    bed_open_at(bed, bed->slack.url);
    start_ms = uv_now(&bed->loop);
    pulse_count(&bed->pulse);
    bed_add_unavailable(bed, "db");
    bed_run_until_settled(bed, 1);
    assert_in_range(bed->slack.posts[1].at_ms - start_ms, bed_limits.deadline_ms + 10,
                    bed_limits.deadline_ms + 30);
    assert_int_equal(bed->pulse.ticks, (uv_now(&bed->loop) - start_ms) / PULSE_TICK_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(an_idle_outbox_sends_a_notice_at_once_and_alone),
        BED_TEST(notices_during_a_request_are_merged_into_one_message),
        BED_TEST(an_error_response_backs_off_and_merges_what_is_put_meanwhile),
        BED_TEST(a_sink_that_refuses_connections_gets_everything_later),
        BED_TEST(a_message_that_may_have_been_received_is_retried_byte_for_byte),
        BED_TEST(a_429_causes_a_pause_and_then_half_the_rate),
        BED_TEST(the_retry_after_header_of_a_429_counts_too),
        BED_TEST(a_burst_of_five_is_followed_by_the_steady_rate),
        BED_TEST(a_rejected_message_is_retried_once_as_plain_text_and_blocks_no_other),
        BED_TEST(a_plain_text_that_is_accepted_is_a_delivery),
        BED_TEST(a_disabled_sink_is_probed_and_resumes_by_itself),
        BED_TEST(a_change_that_was_undone_before_a_message_is_merged),
        BED_TEST(the_end_of_a_change_is_told_if_the_change_may_have_been_told),
        BED_TEST(a_thousand_services_that_become_unavailable_are_two_messages),
        BED_TEST(a_hundred_thousand_notices_are_sent_in_a_few_messages),
        BED_TEST(markup_in_a_name_is_escaped),
        BED_TEST(a_sink_that_never_responds_does_not_block_the_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
