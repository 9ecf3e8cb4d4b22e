/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "notify/outbox.h"
#include "standin.h"

#define WATCHDOG_MS 20000
#define TICK_MS 5
#define IDS_MAX 100001

/* The usual ones, divided by fifty or so. */
static const struct outbox_limits quick = {
    .pace = {.interval_ms = 20,
             .burst = 5,
             .slow_ms = 60000,
             .pause_ms = 20,
             .spread_ms = 10,
             .retry_ms = 20,
             .retry_max_ms = 100,
             .probe_ms = 100},
    .deadline_ms = 200,
};

#define SCRIPT(slack, ...)                                                                                   \
    do {                                                                                                     \
        static const struct standin_answer script[] = {__VA_ARGS__};                                         \
        standin_script(slack, script, sizeof script / sizeof script[0]);                                     \
    } while (0)

struct fixture {
    uv_loop_t loop;
    uv_timer_t watchdog, tick;
    uint64_t ticked_ns, longest_ns; /* between two ticks: how long the loop was ever held up */
    struct standin slack, other;
    struct outbox outbox;
    struct outbox_limits limits;
    uint64_t last_id;
    bool adding; /* inside outbox_add */
    size_t settled, closed;
    const char *fates[IDS_MAX];
};

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing more happened for %d ms", WATCHDOG_MS);
}

static void on_tick(uv_timer_t *timer)
{
    struct fixture *fixture = container_of(timer, struct fixture, tick);
    uint64_t now = uv_hrtime();

    if (fixture->ticked_ns != 0 && now - fixture->ticked_ns > fixture->longest_ns)
        fixture->longest_ns = now - fixture->ticked_ns;
    fixture->ticked_ns = now;
}

static void on_settled(struct outbox *outbox, const uint64_t *ids, size_t count, const char *fate)
{
    struct fixture *fixture = container_of(outbox, struct fixture, outbox);

    assert_false(fixture->adding);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_null(fixture->fates[ids[i]]); /* each once */
        fixture->fates[ids[i]] = fate;
    }
    fixture->settled += count;
    uv_stop(&fixture->loop); /* or one uv_run would go on to wait for the next event */
}

static void on_closed(struct outbox *outbox)
{
    container_of(outbox, struct fixture, outbox)->closed++;
}

static const struct outbox_ops ops = {.settled = on_settled, .closed = on_closed};

static int setup(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof *fixture);

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    (void)uv_timer_init(&fixture->loop, &fixture->watchdog);
    (void)uv_timer_start(&fixture->watchdog, on_watchdog, WATCHDOG_MS, 0);
    (void)uv_timer_init(&fixture->loop, &fixture->tick);
    standin_open(&fixture->slack, &fixture->loop);
    standin_open(&fixture->other, &fixture->loop);
    standin_listen(&fixture->slack);
    standin_listen(&fixture->other);
    fixture->limits = quick;
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    outbox_close(&fixture->outbox, 0);
    outbox_close(&fixture->outbox, 0);
    standin_close(&fixture->slack);
    standin_close(&fixture->other);
    uv_close((uv_handle_t *)&fixture->watchdog, NULL);
    uv_close((uv_handle_t *)&fixture->tick, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    standin_fini(&fixture->slack);
    standin_fini(&fixture->other);
    free(fixture);
    return 0;
}

static void open_at(struct fixture *fixture, const char *webhook)
{
    assert_int_equal(
        outbox_open_limited(&fixture->outbox, &fixture->loop, webhook, &ops, &fixture->limits, NULL), 0);
}

static int64_t wall_ms(void)
{
    return (int64_t)time(NULL) * 1000;
}

static void add(struct fixture *fixture, enum notice_kind kind, const char *service, const char *previous,
                const char *text)
{
    int64_t now_ms = wall_ms();
    struct notice notice = {
        .id = ++fixture->last_id,
        .kind = kind,
        .severity = kind == NOTICE_AVAILABLE ? NOTICE_GOOD : NOTICE_DANGER,
        .service = service,
        .previous = previous,
        .text = text,
        .at_ms = now_ms,
        .since_ms = kind == NOTICE_AVAILABLE ? 0 : now_ms,
    };

    fixture->adding = true;
    outbox_add(&fixture->outbox, &notice);
    fixture->adding = false;
}

static void add_away(struct fixture *fixture, const char *service)
{
    add(fixture, NOTICE_UNAVAILABLE, service, "", "gone");
}

static void add_status(struct fixture *fixture, const char *service, const char *previous, const char *text)
{
    add(fixture, NOTICE_STATUS, service, previous, text);
}

static void run_until_settled(struct fixture *fixture, size_t count)
{
    while (fixture->settled < count)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->settled, count);
}

static void run_until_posted(struct fixture *fixture, struct standin *slack, size_t count)
{
    while (slack->post_count < count)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void run_until_answered(struct fixture *fixture, enum sink_verdict verdict, uint64_t count)
{
    while (fixture->outbox.stats.answers[verdict] < count)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
}

/* The text of a post, as people read it; freed with the next call. */
static const char *text_of(const struct standin *slack, size_t post)
{
    static char text[8192];
    json_t *json = json_loads(slack->posts[post].body, 0, NULL);

    assert_non_null(json);
    (void)snprintf(text, sizeof text, "%s", json_string_value(json_object_get(json, "text")));
    json_decref(json);
    return text;
}

static uint64_t gap_ms(const struct standin *slack, size_t post)
{
    return slack->posts[post].at_ms - slack->posts[post - 1].at_ms;
}

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
    assert_in_range(gap_ms(&fixture->slack, 1), 10, 500);
    assert_in_range(gap_ms(&fixture->slack, 2), 20, 500);
    assert_in_range(gap_ms(&fixture->slack, 3), 40, 500);
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
    assert_in_range(gap_ms(&fixture->slack, 2), 300, 700);
    assert_non_null(strstr(text_of(&fixture->slack, 2), "101 services changed:\n"));
    assert_non_null(strstr(text_of(&fixture->slack, 2), "s1: ok → bad, 3 changes"));
    for (size_t posts = 4; posts <= 8; posts++) {
        add_away(fixture, "again");
        run_until_posted(fixture, &fixture->slack, posts);
        assert_in_range(gap_ms(&fixture->slack, posts - 1), 2 * quick.pace.interval_ms - 2, 500);
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
    assert_in_range(gap_ms(&fixture->slack, 1), 1000, 1500);
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
    assert_in_range(fixture->slack.posts[4].at_ms - fixture->slack.posts[0].at_ms, 0, 90);
    assert_in_range(fixture->slack.posts[6].at_ms - fixture->slack.posts[0].at_ms, 190, 600);
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
        assert_in_range(gap_ms(&fixture->slack, i), quick.pace.probe_ms - 1, quick.pace.probe_ms + 300);
    outbox_stats(&fixture->outbox, &stats);
    assert_int_equal(stats.answers[SINK_TOOK], 1);
    assert_int_equal(stats.answers[SINK_GONE], 3);
    assert_int_equal(stats.settled[OUTBOX_DELIVERED], 2);
    assert_int_equal(stats.waiting, 0);
    assert_int_equal(stats.state, SINK_TOOK);
}

static void a_new_webhook_gets_the_backlog_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    SCRIPT(&fixture->slack, {.status = 404, .body = "no_service"}, {.status = 404, .body = "no_service"});

    fixture->limits.pace.probe_ms = 3600000;
    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_GONE, 1);
    add_away(fixture, "web");
    assert_int_equal(outbox_set_webhook(&fixture->outbox, "secret", &err), -EINVAL);
    assert_null(strstr(err.msg, "secret"));
    assert_int_equal(outbox_set_webhook(&fixture->outbox, fixture->slack.url, NULL), 0); /* asks again */
    run_until_answered(fixture, SINK_GONE, 2);
    assert_int_equal(outbox_set_webhook(&fixture->outbox, fixture->other.url, NULL), 0);
    run_until_settled(fixture, 2);
    assert_int_equal(fixture->slack.post_count, 2);
    assert_int_equal(fixture->other.post_count, 1);
    assert_non_null(strstr(text_of(&fixture->other, 0), "2 services are not available:"));
}

static void a_new_webhook_gets_the_message_that_was_on_its_way_to_the_old(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.manner = STANDIN_NEVER});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_posted(fixture, &fixture->slack, 1);
    add_away(fixture, "web");
    assert_int_equal(outbox_set_webhook(&fixture->outbox, fixture->other.url, NULL), 0);
    run_until_settled(fixture, 2);
    assert_int_equal(fixture->other.post_count, 2);
    assert_string_equal(fixture->other.posts[0].body, fixture->slack.posts[0].body);
}

static void the_same_webhook_again_interrupts_nothing(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 200, .body = "ok", .delay_ms = 20});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_posted(fixture, &fixture->slack, 1);
    assert_int_equal(outbox_set_webhook(&fixture->outbox, fixture->slack.url, NULL), 0);
    run_until_settled(fixture, 1);
    assert_int_equal(fixture->slack.post_count, 1);
    assert_int_equal(fixture->slack.connection_count, 1);
}

static void a_change_that_was_undone_before_anybody_heard_is_merged(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 500, .body = ""});

    open_at(fixture, fixture->slack.url);
    add_status(fixture, "db", "ok", "nok");
    run_until_answered(fixture, SINK_BUSY, 1);
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
    assert_in_range(gap_ms(&fixture->slack, 1), quick.deadline_ms, quick.deadline_ms + 500);
    assert_in_range(fixture->longest_ns / 1000000, TICK_MS - 1, 50);
}

static void the_log_takes_every_notice_by_itself(void **state)
{
    struct fixture *fixture = *state;

    open_at(fixture, NULL);
    add_status(fixture, "db", "ok", "nok");
    add_status(fixture, "db", "nok", "ok");
    assert_int_equal(outbox_waiting(&fixture->outbox), 2);
    run_until_settled(fixture, 2);
    assert_string_equal(fixture->fates[1], "delivered");
    assert_string_equal(fixture->fates[2], "delivered");
    assert_int_equal(outbox_set_webhook(&fixture->outbox, fixture->slack.url, NULL), 0);
    add_away(fixture, "db");
    run_until_settled(fixture, 3);
    assert_int_equal(fixture->slack.post_count, 1);
}

static void the_log_takes_over_what_a_webhook_left(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 404, .body = "no_service"});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_answered(fixture, SINK_GONE, 1);
    assert_int_equal(outbox_set_webhook(&fixture->outbox, NULL, NULL), 0);
    add_away(fixture, "web");
    run_until_settled(fixture, 2);
    assert_true(outbox_healthy(&fixture->outbox));
}

static void close_waits_for_the_answer_on_its_way(void **state)
{
    struct fixture *fixture = *state;
    SCRIPT(&fixture->slack, {.status = 200, .body = "ok", .delay_ms = 50});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    add_away(fixture, "web");
    run_until_posted(fixture, &fixture->slack, 1);
    outbox_close(&fixture->outbox, 10000);
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_string_equal(fixture->fates[1], "delivered");
    assert_null(fixture->fates[2]); /* still owed */
    assert_int_equal(fixture->slack.post_count, 1);
}

static void close_waits_no_longer_than_the_grace(void **state)
{
    struct fixture *fixture = *state;
    uint64_t from_ms;
    SCRIPT(&fixture->slack, {.manner = STANDIN_NEVER});

    fixture->limits.deadline_ms = 10000;
    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_posted(fixture, &fixture->slack, 1);
    from_ms = uv_now(&fixture->loop);
    outbox_close(&fixture->outbox, 50);
    add_away(fixture, "web"); /* stays owed */
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_in_range(uv_now(&fixture->loop) - from_ms, 50, 500);
    assert_int_equal(fixture->settled, 0);
}

static void on_settled_close(struct outbox *outbox, const uint64_t *ids, size_t count, const char *fate)
{
    on_settled(outbox, ids, count, fate);
    outbox_close(outbox, 1000);
}

static void closing_in_the_middle_of_a_settlement_is_legal(void **state)
{
    static const struct outbox_ops closing = {.settled = on_settled_close, .closed = on_closed};
    struct fixture *fixture = *state;

    assert_int_equal(outbox_open_limited(&fixture->outbox, &fixture->loop, fixture->slack.url, &closing,
                                         &fixture->limits, NULL),
                     0);
    add_away(fixture, "db");
    add_away(fixture, "web");
    while (fixture->closed == 0)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->settled, 1);
}

static void a_bad_webhook_opens_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct err err;

    assert_int_equal(outbox_open(&fixture->outbox, &fixture->loop, "ftp://h/secret", &ops, &err), -EINVAL);
    assert_null(strstr(err.msg, "secret"));
    open_at(fixture, NULL); /* for the teardown */
}

/* Everything that was logged while `scenario` ran. */
static char *logged(void (*scenario)(struct fixture *), struct fixture *fixture)
{
    int kept = dup(STDERR_FILENO);
    int file = memfd_create("log", 0);
    off_t size;
    char *text;

    assert_true(kept >= 0 && file >= 0);
    (void)dup2(file, STDERR_FILENO);
    scenario(fixture);
    (void)dup2(kept, STDERR_FILENO);
    size = lseek(file, 0, SEEK_END);
    text = mem_zalloc((size_t)size + 1);
    assert_int_equal(pread(file, text, (size_t)size, 0), size);
    (void)close(kept);
    (void)close(file);
    return text;
}

static void everything_goes_wrong(struct fixture *fixture)
{
    SCRIPT(&fixture->slack, {.status = 302, .headers = "Location: /x\r\n", .body = ""},
           {.status = 400, .body = "invalid_payload"}, {.status = 500, .body = ""},
           {.status = 429, .body = ""}, {.manner = STANDIN_NEVER}, {.manner = STANDIN_HANG_UP});

    open_at(fixture, fixture->slack.url);
    add_away(fixture, "db");
    run_until_settled(fixture, 1);
    assert_int_equal(outbox_set_webhook(&fixture->outbox, NULL, NULL), 0);
    add_away(fixture, "db\nforged");
    run_until_settled(fixture, 2);
}

static void the_secret_of_the_webhook_is_in_no_log_line(void **state)
{
    struct fixture *fixture = *state;
    char *log = logged(everything_goes_wrong, fixture);

    assert_null(strstr(log, "secret"));
    assert_non_null(strstr(log, "http://127.0.0.1:"));
    assert_non_null(strstr(log, "sink is gone"));
    assert_non_null(strstr(log, "sink takes messages again"));
    assert_non_null(strstr(log, "notice service=db\\x0aforged event=2 text=Agent db"));
    free(log);
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
        TEST(a_new_webhook_gets_the_backlog_at_once),
        TEST(a_new_webhook_gets_the_message_that_was_on_its_way_to_the_old),
        TEST(the_same_webhook_again_interrupts_nothing),
        TEST(a_change_that_was_undone_before_anybody_heard_is_merged),
        TEST(a_thousand_services_that_vanish_are_two_messages),
        TEST(a_hundred_thousand_notices_drain_in_a_few_messages),
        TEST(markup_in_a_name_is_shown_literally),
        TEST(a_slack_that_never_answers_does_not_hold_up_the_loop),
        TEST(the_log_takes_every_notice_by_itself),
        TEST(the_log_takes_over_what_a_webhook_left),
        TEST(close_waits_for_the_answer_on_its_way),
        TEST(close_waits_no_longer_than_the_grace),
        TEST(closing_in_the_middle_of_a_settlement_is_legal),
        TEST(a_bad_webhook_opens_nothing),
        TEST(the_secret_of_the_webhook_is_in_no_log_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
