/* SPDX-License-Identifier: MIT */
#include "outbox_fixture.h"

static void an_idle_outbox_sends_a_notice_at_once_and_alone(void **state)
{
    struct fixture *fixture = *state;

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    add_status(fixture, "web", "ok", "nok");
    run_until_settled(fixture, 2);
    assert_int_equal(fixture->slack.post_count, 2);
    assert_string_equal(text_of(&fixture->slack, 0), "Agent db is not available: gone.");
    assert_string_equal(text_of(&fixture->slack, 1), "Service web changed its status to: nok");
    assert_string_equal(fixture->fates[1], "delivered");
    assert_string_equal(fixture->fates[2], "delivered");
    assert_int_equal(outbox_waiting(&fixture->outbox), 0);
}

static void what_comes_during_a_request_is_one_message(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 200, .body = "ok", .delay_ms = 50});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "first");
    run_until_posted(fixture, &fixture->slack, 1);
    add_away(fixture, "a");
    add_status(fixture, "b", "ok", "nok");
    add_status(fixture, "b", "nok", "bad");
    assert_int_equal(outbox_waiting(&fixture->outbox), 4);
    run_until_settled(fixture, 4);
    assert_int_equal(fixture->slack.post_count, 2);
    assert_string_equal(text_of(&fixture->slack, 1),
                        "2 services changed:\n• a: not available: gone\n• b: ok → bad, 2 changes");
}

static void a_broken_answer_backs_off_and_takes_more_in(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 500, .body = "rollup_error"}, {.status = 200, .body = "hello"},
           {.status = 503, .body = "<html>", .filler = 100000});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_BUSY, 1);
    assert_false(outbox_healthy(&fixture->outbox));
    add_away(fixture, "web");
    run_until_settled(fixture, 2);
    assert_true(outbox_healthy(&fixture->outbox));
    assert_int_equal(fixture->slack.post_count, 4);
    assert_in_range(gap_ms(&fixture->slack, 1), 10, 2000);
    assert_in_range(gap_ms(&fixture->slack, 2), 20, 2000);
    assert_in_range(gap_ms(&fixture->slack, 3), 40, 2000);
    assert_string_equal(
        text_of(&fixture->slack, 3),
        "2 services are not available:\n• db: not available: gone\n• web: not available: gone");
}

static void a_slack_that_refuses_connections_gets_everything_later(void **state)
{
    struct fixture *fixture = *state;
    struct standin late;

    standin_open(&late, &fixture->loop);
    open_at(fixture, late.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_UNREACHED, 1);
    add_status(fixture, "db", "ok", "nok");
    run_until_answered(fixture, SINK_UNREACHED, 3);
    standin_listen(&late);
    run_until_settled(fixture, 2);
    assert_int_equal(late.post_count, 1);
    assert_string_equal(text_of(&late, 0), "db: ok → nok, not available: gone");
    standin_close(&late);
    while (late.owner.open > 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    standin_fini(&late);
}

static void what_may_have_been_received_is_repeated_byte_for_byte(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.manner = STANDIN_HANG_UP}, {.status = 500, .body = ""},
           {.manner = STANDIN_NEVER});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_UNREACHED, 1);
    add_away(fixture, "web");
    add_status(fixture, "db", "ok", "nok");
    run_until_settled(fixture, 3);
    assert_int_equal(fixture->slack.post_count, 5);
    for (size_t i = 1; i < 4; i++)
        assert_string_equal(fixture->slack.posts[i].body, fixture->slack.posts[0].body);
    assert_non_null(strstr(fixture->slack.posts[0].body, "\"footer\":\"event 1\""));
    assert_non_null(strstr(fixture->slack.posts[4].body, "\"footer\":\"events 2–3 (2)\""));
}

static void after_429_there_is_silence_and_then_half_the_speed(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 200, .body = "ok", .delay_ms = 20},
           {.status = 429, .body = "{\"retry_after\":0.3,\"ok\":false,\"error\":\"rate_limited\"}"},
           {.status = 200, .body = "ok", .delay_ms = 10}, {.status = 200, .body = "ok", .delay_ms = 10});

    open_at(fixture, fixture->slack.url);
    for (int i = 0; i < 300; i++) {
        char service[16];

        (void)snprintf(service, sizeof service, "s%d", i % 100);
        add_status(fixture, service, i < 100 ? "ok" : "nok", i < 200 ? "nok" : "bad");
    }
    run_until_answered(fixture, SINK_LIMITED, 1);
    add_away(fixture, "late");
    run_until_posted(fixture, &fixture->slack, 3);
    assert_in_range(gap_ms(&fixture->slack, 2), 300, 2000);
    assert_non_null(strstr(text_of(&fixture->slack, 2), "101 services changed:\n"));
    assert_non_null(strstr(text_of(&fixture->slack, 2), "s1: ok → bad, 3 changes"));
    for (size_t posts = 4; posts <= 8; posts++) {
        add_away(fixture, "again");
        run_until_posted(fixture, &fixture->slack, posts);
        assert_in_range(gap_ms(&fixture->slack, posts - 1), 2 * quick.pace.interval_ms - 2, 2000);
    }
    run_until_settled(fixture, 306);
}

static void the_header_of_a_429_counts_too(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack,
           {.status = 429, .headers = "Retry-After: 1\r\n", .body = "{\"retry_after\":0.1}"});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_settled(fixture, 1);
    assert_in_range(gap_ms(&fixture->slack, 1), 1000, 3000);
}

static void a_burst_of_five_is_followed_by_the_steady_speed(void **state)
{
    struct fixture *fixture = *state;

    fixture->limits.pace.interval_ms = 100;
    open_at(fixture, fixture->slack.url);
    for (size_t i = 1; i <= 7; i++) {
        add_away(fixture, "db");
        run_until_settled(fixture, i);
    }
    assert_in_range(fixture->slack.posts[4].at_ms - fixture->slack.posts[0].at_ms, 0, 300);
    assert_in_range(fixture->slack.posts[6].at_ms - fixture->slack.posts[0].at_ms, 190, 2000);
}

static void poison_is_tried_once_more_as_plain_text_and_blocks_nobody(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 400, .body = "invalid_payload"}, {.status = 500, .body = ""},
           {.status = 400, .body = "invalid_payload"});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "poison");
    run_until_answered(fixture, SINK_REFUSED, 1);
    add_away(fixture, "db");
    run_until_settled(fixture, 2);
    assert_string_equal(fixture->fates[1], "poison");
    assert_string_equal(fixture->fates[2], "delivered");
    assert_int_equal(fixture->slack.post_count, 4);
    assert_non_null(strstr(fixture->slack.posts[0].body, "attachments"));
    for (size_t i = 1; i < 3; i++)
        assert_string_equal(fixture->slack.posts[i].body,
                            "{\"text\":\"Agent poison is not available: gone. [event 1]\"}");
    assert_non_null(strstr(fixture->slack.posts[3].body, "attachments"));
}

static void a_plain_text_that_is_taken_is_a_delivery(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 400, .body = "invalid_blocks"});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_settled(fixture, 1);
    assert_string_equal(fixture->fates[1], "delivered");
}

static void a_sink_that_is_gone_is_probed_and_resumes_by_itself(void **state)
{
    struct fixture *fixture = *state;
    struct outbox_stats stats;
    SCRIPT(&fixture->slack, {.status = 404, .body = "no_service"}, {.status = 302, .body = ""},
           {.status = 410, .body = "channel_is_archived"});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_GONE, 1);
    add_away(fixture, "web");
    run_until_answered(fixture, SINK_GONE, 3);
    assert_false(outbox_healthy(&fixture->outbox));
    assert_int_equal(outbox_waiting(&fixture->outbox), 2);
    run_until_settled(fixture, 2);
    assert_true(outbox_healthy(&fixture->outbox));
    for (size_t i = 1; i < 4; i++)
        assert_in_range(gap_ms(&fixture->slack, i), quick.pace.probe_ms - 1, quick.pace.probe_ms + 2000);
    outbox_stats(&fixture->outbox, &stats);
    assert_int_equal(stats.answers[SINK_TOOK], 1);
    assert_int_equal(stats.answers[SINK_GONE], 3);
    assert_int_equal(stats.settled[OUTBOX_DELIVERED], 2);
    assert_int_equal(stats.waiting, 0);
    assert_int_equal(stats.state, SINK_TOOK);
}

static void a_change_that_was_undone_before_anybody_heard_is_merged(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 429, .body = ""});

    open_at(fixture, fixture->slack.url);
    add_status(fixture, "db", "ok", "nok");
    run_until_answered(fixture, SINK_LIMITED, 1);
    add_status(fixture, "db", "nok", "ok");
    run_until_settled(fixture, 2);
    assert_string_equal(fixture->fates[1], "merged");
    assert_string_equal(fixture->fates[2], "merged");
    assert_int_equal(fixture->slack.post_count, 1);
    assert_int_equal(outbox_waiting(&fixture->outbox), 0);
    add_status(fixture, "db", "ok", "bad");
    run_until_settled(fixture, 3);
    assert_string_equal(text_of(&fixture->slack, 1), "Service db changed its status to: bad");
}

static void a_change_that_somebody_may_have_heard_of_is_not_undone_silently(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 500, .body = ""});

    open_at(fixture, fixture->slack.url);
    add_status(fixture, "db", "ok", "nok");
    run_until_answered(fixture, SINK_BUSY, 1);
    add_status(fixture, "db", "nok", "ok");
    run_until_settled(fixture, 2);
    assert_string_equal(fixture->fates[1], "delivered");
    assert_string_equal(text_of(&fixture->slack, 1), "db: status ok as before, 2 changes");
}

static void a_thousand_services_that_vanish_are_two_messages(void **state)
{
    struct fixture *fixture = *state;

    open_at(fixture, fixture->slack.url);
    for (int i = 0; i < 1000; i++) {
        char service[16];

        (void)snprintf(service, sizeof service, "s%d", i);
        add_away(fixture, service);
    }
    run_until_settled(fixture, 1000);
    assert_int_equal(fixture->slack.post_count, 2);
    assert_non_null(strstr(text_of(&fixture->slack, 1), "999 services are not available:\n• s1: "));
    assert_non_null(strstr(text_of(&fixture->slack, 1), "\nand 979 more: 979 not available"));
}

static void a_hundred_thousand_notices_drain_in_a_few_messages(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 500, .body = ""}, {.status = 500, .body = ""});

    open_at(fixture, fixture->slack.url);
    for (int i = 0; i < 100000; i++) {
        char service[16];
        char text[16];

        (void)snprintf(service, sizeof service, "s%d", i % 1000);
        (void)snprintf(text, sizeof text, "t%d", i / 1000);
        add_status(fixture, service, "ok", text);
    }
    assert_int_equal(outbox_waiting(&fixture->outbox), 100000);
    run_until_settled(fixture, 100000);
    assert_in_range(fixture->slack.post_count, 2, 4);
    assert_non_null(
        strstr(text_of(&fixture->slack, fixture->slack.post_count - 1), "s1: ok → t99, 100 changes"));
}

static void markup_in_a_name_is_shown_literally(void **state)
{
    struct fixture *fixture = *state;

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "<!channel> & co");
    run_until_settled(fixture, 1);
    assert_string_equal(text_of(&fixture->slack, 0),
                        "Agent &lt;!channel&gt; &amp; co is not available: gone.");
}

static void a_slack_that_never_answers_does_not_hold_up_the_loop(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.manner = STANDIN_NEVER}, {.manner = STANDIN_NEVER});

    open_at(fixture, fixture->slack.url);
    (void)uv_timer_start(&fixture->tick, on_tick, TICK_MS, TICK_MS);
    add_away(fixture, "db");
    run_until_settled(fixture, 1);
    assert_in_range(gap_ms(&fixture->slack, 1), quick.deadline_ms, quick.deadline_ms + 2000);
    assert_in_range(fixture->longest_ns / 1000000, TICK_MS - 1, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_idle_outbox_sends_a_notice_at_once_and_alone),
        TEST(what_comes_during_a_request_is_one_message),
        TEST(a_broken_answer_backs_off_and_takes_more_in),
        TEST(a_slack_that_refuses_connections_gets_everything_later),
        TEST(what_may_have_been_received_is_repeated_byte_for_byte),
        TEST(after_429_there_is_silence_and_then_half_the_speed),
        TEST(the_header_of_a_429_counts_too),
        TEST(a_burst_of_five_is_followed_by_the_steady_speed),
        TEST(poison_is_tried_once_more_as_plain_text_and_blocks_nobody),
        TEST(a_plain_text_that_is_taken_is_a_delivery),
        TEST(a_sink_that_is_gone_is_probed_and_resumes_by_itself),
        TEST(a_change_that_was_undone_before_anybody_heard_is_merged),
        TEST(a_change_that_somebody_may_have_heard_of_is_not_undone_silently),
        TEST(a_thousand_services_that_vanish_are_two_messages),
        TEST(a_hundred_thousand_notices_drain_in_a_few_messages),
        TEST(markup_in_a_name_is_shown_literally),
        TEST(a_slack_that_never_answers_does_not_hold_up_the_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
