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

/* The usual ones, divided by so much that a test is short; the engine stamps every five seconds still. */
static const struct heartbeat_limits quick = {
    .period_ms = PERIOD_MS,
    .check_ms = 50,
    .late_ms = LATE_MS,
    .checkpoint_ms = CHECKPOINT_PERIOD_MS + 2000,
    .sink_ms = 200,
    .deadline_ms = 1000,
};

/* Not on a stack: a test that fails leaves it to its teardown. */
static struct heartbeat heart;
static bool beating;

static void on_closed(struct heartbeat *closed)
{
    (void)closed;
    beating = false;
}

static void start(struct bed *bed, const struct heartbeat_limits *limits)
{
    assert_int_equal(heartbeat_open_limited(&heart, &bed->loop, bed->watcher.url, bed->engine, limits, NULL),
                     0);
    beating = true;
}

static int stop_and_tear_down(void **state)
{
    struct bed *bed = *state;

    if (beating)
        heartbeat_close(&heart, on_closed);
    heartbeat_close(&heart, on_closed);
    while (beating)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    return bed_tear_down(state);
}

/* The stand-in remembers only so many: it forgets what a test has seen. */
static void forget_beats(struct bed *bed)
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

/* Until the heart has stopped, or beats again. */
static void run_until_silent(struct bed *bed, bool silent)
{
    while (heart.withheld != silent) {
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
        if (bed->watcher.post_count > STANDIN_POSTS_MAX / 2)
            forget_beats(bed);
    }
}

/* Turns in which a beat would have come many times. */
static void expect_no_beat(struct bed *bed)
{
    uint64_t until_ms = heart.beat_ms + (uint64_t)4 * PERIOD_MS;

    while (heart.http.busy)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    forget_beats(bed);
    while (uv_now(&bed->loop) < until_ms)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->watcher.post_count, 0);
}

static void the_first_beat_waits_for_no_period(void **state)
{
    struct bed *bed = *state;
    static struct heartbeat_limits slow;
    uint64_t from_ms = uv_now(&bed->loop);

    slow = quick;
    slow.period_ms = BED_WATCHDOG_MS;
    start(bed, &slow);
    run_until_beats(bed, 1);
    assert_int_equal(bed->watcher.posts[0].at_ms - from_ms, 0);
}

static void a_healthy_server_is_heard_every_period(void **state)
{
    struct bed *bed = *state;

    start(bed, &quick);
    run_until_beats(bed, 5);
    assert_int_equal(bed->watcher.posts[4].at_ms - bed->watcher.posts[0].at_ms, 4 * PERIOD_MS);
    assert_int_equal(bed->watcher.connection_count, 1);
    assert_non_null(strstr(bed->watcher.posts[0].head, "GET /services/T0/B0/secret HTTP/1.1\r\n"));
    assert_null(strstr(bed->watcher.posts[0].head, "Content-Type"));
}

/* One service that is lost while Slack fails twice: some seconds, with the outbox's own waits. */
static void lose_before_broken_slack(struct bed *bed)
{
    static const struct standin_answer broken[] = {{.status = 500, .body = ""}, {.status = 500, .body = ""}};

    bed_add_services(bed, 1);
    standin_script(&bed->slack, broken, 2);
    bed_lose(bed, 0);
}

static void it_stops_when_slack_is_dead_and_comes_back_with_it(void **state)
{
    struct bed *bed = *state;

    start(bed, &quick);
    run_until_beats(bed, 1);
    lose_before_broken_slack(bed);
    run_until_silent(bed, true);
    assert_int_equal(bed->slack.post_count, 2); /* the first that it did not take */
    expect_no_beat(bed);
    run_until_silent(bed, false);
    assert_int_equal(bed->slack.post_count, 4);
    run_until_beats(bed, 1);
}

static void a_slack_that_fails_for_a_moment_stops_nothing(void **state)
{
    struct bed *bed = *state;
    static struct heartbeat_limits patient;

    patient = quick;
    patient.sink_ms = BED_WATCHDOG_MS;
    start(bed, &patient);
    lose_before_broken_slack(bed);
    while (bed->slack.post_count < 4) {
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
        assert_false(heart.withheld);
        if (bed->watcher.post_count > STANDIN_POSTS_MAX / 2)
            forget_beats(bed);
    }
}

/* No file may grow any more: what the store meets is what it meets on a full disk. */
static void it_stops_when_the_disk_is_full_and_comes_back_with_it(void **state)
{
    struct bed *bed = *state;
    struct rlimit limit, none;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    start(bed, &quick);
    run_until_beats(bed, 1);
    none = (struct rlimit){.rlim_cur = 1, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    run_until_silent(bed, true);
    assert_in_range(uv_now(&bed->loop) - bed->engine->checkpoint.stored_ms, quick.checkpoint_ms + 1,
                    quick.checkpoint_ms + PERIOD_MS);
    expect_no_beat(bed);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    run_until_beats(bed, 2);
    assert_false(heart.withheld);
}

static void a_loop_that_stood_still_misses_one_beat(void **state)
{
    struct bed *bed = *state;

    start(bed, &quick);
    run_until_beats(bed, 2);
    virtual_clock_pass(LATE_MS + 200); /* what is tested */
    run_until_silent(bed, true);
    run_until_silent(bed, false);
    forget_beats(bed);
    run_until_beats(bed, 2);
}

static void a_watcher_that_refuses_or_is_away_changes_nothing(void **state)
{
    struct bed *bed = *state;
    static const struct standin_answer answers[] = {
        {.status = 404, .body = ""}, {.manner = STANDIN_HANG_UP}, {.status = 302, .body = ""}};

    standin_script(&bed->watcher, answers, 3);
    start(bed, &quick);
    run_until_beats(bed, 1);
    while (!heart.failing)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    run_until_beats(bed, 4);
    while (heart.failing)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_false(heart.withheld);
}

static void a_close_gives_up_a_beat_on_its_way(void **state)
{
    struct bed *bed = *state;
    static const struct standin_answer never[] = {{.manner = STANDIN_NEVER}};

    standin_script(&bed->watcher, never, 1);
    start(bed, &quick);
    run_until_beats(bed, 1);
}

#define HEART_TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, stop_and_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HEART_TEST(the_first_beat_waits_for_no_period),
        HEART_TEST(a_healthy_server_is_heard_every_period),
        HEART_TEST(it_stops_when_slack_is_dead_and_comes_back_with_it),
        HEART_TEST(a_slack_that_fails_for_a_moment_stops_nothing),
        HEART_TEST(it_stops_when_the_disk_is_full_and_comes_back_with_it),
        HEART_TEST(a_loop_that_stood_still_misses_one_beat),
        HEART_TEST(a_watcher_that_refuses_or_is_away_changes_nothing),
        HEART_TEST(a_close_gives_up_a_beat_on_its_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
