/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>

#include "api/heartbeat.h"
#include "engine_bed.h"
#include "virtual_clock.h"

#define PERIOD_MS 200
#define LATE_MS 1500

/* Short times for short tests; the engine still makes a checkpoint every five seconds only. */
static const struct heartbeat_limits fast = {
    .period_ms = PERIOD_MS,
    .check_ms = 50,
    .late_ms = LATE_MS,
    .checkpoint_ms = CHECKPOINT_PERIOD_MS + 2000,
    .sink_ms = 200,
    .deadline_ms = 1000,
};

/* Static, because the teardown of a test that has failed closes it. */
static struct heartbeat heartbeat;
static bool is_open;

static void on_closed(struct heartbeat *closed)
{
    (void)closed;
    is_open = false;
}

static void start(struct bed *bed, const struct heartbeat_limits *limits)
{
    assert_int_equal(
        heartbeat_open_limited(&heartbeat, &bed->loop, bed->watcher.url, bed->engine, limits, NULL), 0);
    is_open = true;
}

static int stop_and_tear_down(void **state)
{
    struct bed *bed = *state;

    if (is_open)
        heartbeat_close(&heartbeat, on_closed);
    heartbeat_close(&heartbeat, on_closed);
    while (is_open)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    return bed_tear_down(state);
}

/* Discards the recorded requests, because the stand-in keeps STANDIN_POSTS_MAX only. */
static void discard_beats(struct bed *bed)
{
    for (size_t i = 0; i < bed->watcher.post_count; i++) {
        free(bed->watcher.posts[i].head);
        free(bed->watcher.posts[i].body);
    }
    bed->watcher.post_count = 0;
}

static void run_until_beats(struct bed *bed, size_t count)
{
    while (bed->watcher.post_count < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

/* Until the heartbeat has stopped, or has resumed. */
static void run_until_withheld(struct bed *bed, bool withheld)
{
    while (heartbeat.withheld != withheld) {
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
        if (bed->watcher.post_count > STANDIN_POSTS_MAX / 2)
            discard_beats(bed);
    }
}

/* Runs for several periods, in which no request may be sent. */
static void expect_no_beat(struct bed *bed)
{
    uint64_t until_ms = heartbeat.beat_ms + (uint64_t)4 * PERIOD_MS;

    while (heartbeat.http.busy)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    discard_beats(bed);
    while (uv_now(&bed->loop) < until_ms)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->watcher.post_count, 0);
}

static void the_first_request_is_sent_at_once(void **state)
{
    struct bed *bed = *state;
    static struct heartbeat_limits slow;
    uint64_t from_ms = uv_now(&bed->loop);

    slow = fast;
    slow.period_ms = BED_WATCHDOG_MS;
    start(bed, &slow);
    run_until_beats(bed, 1);
    assert_int_equal(bed->watcher.posts[0].at_ms - from_ms, 0);
}

static void a_server_that_works_sends_a_request_every_period(void **state)
{
    struct bed *bed = *state;

    start(bed, &fast);
    run_until_beats(bed, 5);
    assert_int_equal(bed->watcher.posts[4].at_ms - bed->watcher.posts[0].at_ms, 4 * PERIOD_MS);
    assert_int_equal(bed->watcher.connection_count, 1);
    assert_non_null(strstr(bed->watcher.posts[0].head, "GET /services/T0/B0/secret HTTP/1.1\r\n"));
    assert_null(strstr(bed->watcher.posts[0].head, "Content-Type"));
}

/* Loses a service while Slack fails twice, which takes some seconds with the retries of the outbox. */
static void lose_before_broken_slack(struct bed *bed)
{
    static const struct standin_answer broken[] = {{.status = 500, .body = ""}, {.status = 500, .body = ""}};

    bed_add_services(bed, 1);
    standin_script(&bed->slack, broken, 2);
    bed_lose(bed, 0);
}

static void it_stops_while_slack_fails_and_resumes_with_it(void **state)
{
    struct bed *bed = *state;

    start(bed, &fast);
    run_until_beats(bed, 1);
    lose_before_broken_slack(bed);
    run_until_withheld(bed, true);
    assert_int_equal(bed->slack.post_count, 2); /* the second one is the first that fails */
    expect_no_beat(bed);
    run_until_withheld(bed, false);
    assert_int_equal(bed->slack.post_count, 4);
    run_until_beats(bed, 1);
}

static void a_short_failure_of_slack_does_not_stop_it(void **state)
{
    struct bed *bed = *state;
    static struct heartbeat_limits tolerant;

    tolerant = fast;
    tolerant.sink_ms = BED_WATCHDOG_MS;
    start(bed, &tolerant);
    lose_before_broken_slack(bed);
    while (bed->slack.post_count < 4) {
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
        assert_false(heartbeat.withheld);
        if (bed->watcher.post_count > STANDIN_POSTS_MAX / 2)
            discard_beats(bed);
    }
}

/* No file may grow any more, so that the store fails as on a full disk. */
static void it_stops_while_the_disk_is_full_and_resumes_with_it(void **state)
{
    struct bed *bed = *state;
    struct rlimit limit, none;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    start(bed, &fast);
    run_until_beats(bed, 1);
    none = (struct rlimit){.rlim_cur = 1, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    run_until_withheld(bed, true);
    assert_in_range(uv_now(&bed->loop) - bed->engine->checkpoint.stored_ms, fast.checkpoint_ms + 1,
                    fast.checkpoint_ms + PERIOD_MS);
    expect_no_beat(bed);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    run_until_beats(bed, 2);
    assert_false(heartbeat.withheld);
}

static void a_loop_that_was_blocked_misses_one_request(void **state)
{
    struct bed *bed = *state;

    start(bed, &fast);
    run_until_beats(bed, 2);
    virtual_clock_pass(LATE_MS + 200); /* what is tested */
    run_until_withheld(bed, true);
    run_until_withheld(bed, false);
    discard_beats(bed);
    run_until_beats(bed, 2);
}

static void a_watcher_that_fails_has_no_other_effect(void **state)
{
    struct bed *bed = *state;
    static const struct standin_answer answers[] = {
        {.status = 404, .body = ""}, {.manner = STANDIN_HANG_UP}, {.status = 302, .body = ""}};

    standin_script(&bed->watcher, answers, 3);
    start(bed, &fast);
    run_until_beats(bed, 1);
    while (!heartbeat.failing)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    run_until_beats(bed, 4);
    while (heartbeat.failing)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_false(heartbeat.withheld);
}

static void closing_cancels_a_request_in_flight(void **state)
{
    struct bed *bed = *state;
    static const struct standin_answer never[] = {{.manner = STANDIN_NEVER}};

    standin_script(&bed->watcher, never, 1);
    start(bed, &fast);
    run_until_beats(bed, 1);
}

#define HEARTBEAT_TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, stop_and_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HEARTBEAT_TEST(the_first_request_is_sent_at_once),
        HEARTBEAT_TEST(a_server_that_works_sends_a_request_every_period),
        HEARTBEAT_TEST(it_stops_while_slack_fails_and_resumes_with_it),
        HEARTBEAT_TEST(a_short_failure_of_slack_does_not_stop_it),
        HEARTBEAT_TEST(it_stops_while_the_disk_is_full_and_resumes_with_it),
        HEARTBEAT_TEST(a_loop_that_was_blocked_misses_one_request),
        HEARTBEAT_TEST(a_watcher_that_fails_has_no_other_effect),
        HEARTBEAT_TEST(closing_cancels_a_request_in_flight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
