/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "outbox_bed.h"

static void a_new_webhook_gets_the_backlog_at_once(void **state)
{
    struct bed *bed = *state;
    struct err err;
    BED_SCRIPT(&bed->slack, {.status = 404, .body = "no_service"}, {.status = 404, .body = "no_service"});

    bed->limits.limiter.probe_ms = 3600000;
    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_answered(bed, SINK_DISABLED, 1);
    bed_add_unavailable(bed, "web");
    assert_int_equal(outbox_change(&bed->outbox, bed_config("secret"), &err), -EINVAL);
    assert_null(strstr(err.msg, "secret"));
    assert_int_equal(outbox_change(&bed->outbox, bed_config(bed->slack.url), NULL), 0); /* a retry at once */
    bed_run_until_answered(bed, SINK_DISABLED, 2);
    assert_int_equal(outbox_change(&bed->outbox, bed_config(bed->other.url), NULL), 0);
    bed_run_until_settled(bed, 2);
    assert_int_equal(bed->slack.post_count, 2);
    assert_int_equal(bed->other.post_count, 1);
    assert_non_null(strstr(bed_text(&bed->other, 0), "2 services are not available:"));
}

static void a_new_webhook_gets_the_message_that_was_in_flight_to_the_old_one(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.manner = STANDIN_NEVER});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_posted(bed, &bed->slack, 1);
    bed_add_unavailable(bed, "web");
    assert_int_equal(outbox_change(&bed->outbox, bed_config(bed->other.url), NULL), 0);
    bed_run_until_settled(bed, 2);
    assert_int_equal(bed->other.post_count, 2);
    assert_string_equal(bed->other.posts[0].body, bed->slack.posts[0].body);
}

static void a_reload_of_the_same_webhook_cancels_nothing(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 200, .body = "ok", .delay_ms = 20});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_posted(bed, &bed->slack, 1);
    assert_int_equal(outbox_change(&bed->outbox, bed_config(bed->slack.url), NULL), 0);
    bed_run_until_settled(bed, 1);
    assert_int_equal(bed->slack.post_count, 1);
    assert_int_equal(bed->slack.connection_count, 1);
}

static void repeated_reloads_send_no_faster_than_the_rate_limit(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 500, .body = ""}, {.status = 500, .body = ""});

    bed->limits.limiter.burst = 2;
    bed->limits.limiter.interval_ms = bed->limits.limiter.retry_ms = bed->limits.limiter.retry_max_ms =
        3600000;
    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    for (unsigned posts = 1; posts <= 2; posts++) {
        bed_run_until_answered(bed, SINK_RETRY, posts);
        assert_int_equal(outbox_change(&bed->outbox, bed_config(bed->slack.url), NULL), 0);
    }
    while (uv_timer_get_due_in(&bed->outbox.wake) == 0)
        (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
    assert_true(uv_timer_get_due_in(&bed->outbox.wake) > 1000000);
    assert_int_equal(bed->slack.post_count, 2);
}

static void the_log_records_every_notice_alone(void **state)
{
    struct bed *bed = *state;

    bed_open_at(bed, NULL);
    bed_add_status(bed, "db", "ok", "nok");
    bed_add_status(bed, "db", "nok", "ok");
    assert_int_equal(outbox_waiting(&bed->outbox), 2);
    bed_run_until_settled(bed, 2);
    assert_string_equal(bed->outcomes[1], "delivered");
    assert_string_equal(bed->outcomes[2], "delivered");
    assert_int_equal(outbox_change(&bed->outbox, bed_config(bed->slack.url), NULL), 0);
    bed_add_unavailable(bed, "db");
    bed_run_until_settled(bed, 3);
    assert_int_equal(bed->slack.post_count, 1);
}

static void the_log_gets_what_waited_for_a_webhook(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 404, .body = "no_service"});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_answered(bed, SINK_DISABLED, 1);
    assert_int_equal(outbox_change(&bed->outbox, bed_config(NULL), NULL), 0);
    bed_add_unavailable(bed, "web");
    bed_run_until_settled(bed, 2);
    assert_true(outbox_healthy(&bed->outbox));
}

static void close_waits_for_the_response_in_flight(void **state)
{
    struct bed *bed = *state;
    BED_SCRIPT(&bed->slack, {.status = 200, .body = "ok", .delay_ms = 50});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_add_unavailable(bed, "web");
    bed_run_until_posted(bed, &bed->slack, 1);
    outbox_close(&bed->outbox, 10000);
    while (bed->closed == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_string_equal(bed->outcomes[1], "delivered");
    assert_null(bed->outcomes[2]); /* not settled: it stays in the store */
    assert_int_equal(bed->slack.post_count, 1);
}

static void close_waits_no_longer_than_its_timeout(void **state)
{
    struct bed *bed = *state;
    uint64_t from_ms;
    BED_SCRIPT(&bed->slack, {.manner = STANDIN_NEVER});

    bed->limits.deadline_ms = 10000;
    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_posted(bed, &bed->slack, 1);
    from_ms = uv_now(&bed->loop);
    outbox_close(&bed->outbox, 50);
    bed_add_unavailable(bed, "web"); /* ignored: it stays in the store */
    while (bed->closed == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(uv_now(&bed->loop) - from_ms, 50);
    assert_int_equal(bed->settled, 0);
}

static void on_settled_close(struct outbox *outbox, const uint64_t *ids, size_t count, const char *outcome)
{
    bed_ops.settled(outbox, ids, count, outcome);
    outbox_close(outbox, 1000);
}

static void closing_in_the_settled_callback_is_legal(void **state)
{
    static struct outbox_ops closing;
    struct bed *bed = *state;

    closing = bed_ops;
    closing.settled = on_settled_close;
    assert_int_equal(outbox_open_limited(&bed->outbox, &bed->loop, "slack", bed_config(bed->slack.url),
                                         &closing, &bed->limits, NULL),
                     0);
    bed_add_unavailable(bed, "db");
    bed_add_unavailable(bed, "web");
    while (bed->closed == 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->settled, 1);
}

static void an_invalid_webhook_opens_nothing(void **state)
{
    struct bed *bed = *state;
    struct err err;

    assert_int_equal(
        outbox_open(&bed->outbox, &bed->loop, "slack", bed_config("ftp://h/secret"), &bed_ops, &err),
        -EINVAL);
    assert_null(strstr(err.msg, "secret"));
    bed_open_at(bed, NULL); /* for the teardown */
}

/* All log lines of `scenario`, for free(3). */
static char *logged(void (*scenario)(struct bed *), struct bed *bed)
{
    int kept = dup(STDERR_FILENO);
    int file = memfd_create("log", 0);
    off_t size;
    char *text;

    assert_true(kept >= 0 && file >= 0);
    (void)dup2(file, STDERR_FILENO);
    scenario(bed);
    (void)dup2(kept, STDERR_FILENO);
    size = lseek(file, 0, SEEK_END);
    text = mem_zalloc((size_t)size + 1);
    assert_int_equal(pread(file, text, (size_t)size, 0), size);
    (void)close(kept);
    (void)close(file);
    return text;
}

static void fail_in_every_way(struct bed *bed)
{
    BED_SCRIPT(&bed->slack, {.status = 302, .headers = "Location: /x\r\n", .body = ""},
               {.status = 400, .body = "invalid_payload"}, {.status = 500, .body = ""},
               {.status = 429, .body = ""}, {.manner = STANDIN_NEVER}, {.manner = STANDIN_HANG_UP});

    bed_open_at(bed, bed->slack.url);
    bed_add_unavailable(bed, "db");
    bed_run_until_settled(bed, 1);
    assert_int_equal(outbox_change(&bed->outbox, bed_config(NULL), NULL), 0);
    bed_add_unavailable(bed, "db\nforged");
    bed_run_until_settled(bed, 2);
}

static void the_secret_of_the_webhook_is_in_no_log_line(void **state)
{
    struct bed *bed = *state;
    char *log = logged(fail_in_every_way, bed);

    assert_null(strstr(log, "secret"));
    assert_non_null(strstr(log, "http://127.0.0.1:"));
    assert_non_null(strstr(log, "sink is disabled"));
    assert_non_null(strstr(log, "sink takes messages again"));
    assert_non_null(strstr(log, "notice service=db\\x0aforged event=2 text=Agent db"));
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(a_new_webhook_gets_the_backlog_at_once),
        BED_TEST(a_new_webhook_gets_the_message_that_was_in_flight_to_the_old_one),
        BED_TEST(a_reload_of_the_same_webhook_cancels_nothing),
        BED_TEST(repeated_reloads_send_no_faster_than_the_rate_limit),
        BED_TEST(the_log_records_every_notice_alone),
        BED_TEST(the_log_gets_what_waited_for_a_webhook),
        BED_TEST(close_waits_for_the_response_in_flight),
        BED_TEST(close_waits_no_longer_than_its_timeout),
        BED_TEST(closing_in_the_settled_callback_is_legal),
        BED_TEST(an_invalid_webhook_opens_nothing),
        BED_TEST(the_secret_of_the_webhook_is_in_no_log_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
