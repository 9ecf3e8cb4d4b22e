/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "../lib/store_answers.h"
#include "../lib/store_by_hand.h"
#include "base/uvx.h"
#include "base/wall_clock.h"
#include "engine/retention.h"

#define DAY_MS INT64_C(86400000)
#define OLD_EVENTS 200000
/* Many more than there is time for during a sweep. */
#define REGISTRATIONS_MAX 200000

/* Like the default ones, but short. */
static const struct retention_times quick = {.first_ms = 0, .pause_ms = 1, .interval_ms = 100};

/* Makes registrations, one after the other, while events are deleted. */
struct agent {
    struct store_fixture *fixture;
    struct retention retention;
    size_t until;      /* events in one sweep, after which retention is closed */
    size_t swept_at;   /* when the registration that is on its way was queued */
    size_t most_swept; /* during one registration */
    uint64_t queued_ns, worst_ns;
    size_t registered;
    bool closed;
};

/* `count` settled events from `first` on, a second apart, the last of them `age_ms` ago. */
static void add_events(const struct store_fixture *fixture, long first, long count, int64_t age_ms)
{
    char text[512];

    (void)snprintf(text, sizeof text,
                   "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %ld) "
                   "INSERT INTO event (id, service, kind, severity, text, previous, at_ms, since_ms, "
                   "outcome, outcome_ms) "
                   "SELECT %ld + i, 'host-' || (i %% 1000), 0, 2, 'critical', 'ok', "
                   "%lld - (%ld - i) * 1000, 0, 'delivered', 1 FROM n; "
                   "INSERT OR IGNORE INTO notice (event, sink, outcome, outcome_ms) "
                   "SELECT id, 'default', outcome, 1 FROM event",
                   count, first, (long long)(wall_clock_now() - age_ms), count);
    (void)by_hand(fixture->directory, text);
}

static void on_retention_closed(struct retention *retention)
{
    container_of(retention, struct agent, retention)->closed = true;
}

static void register_again(struct agent *agent);

static void on_registered(void *arg, const struct err *err)
{
    struct agent *agent = arg;
    uint64_t took_ns = uv_hrtime() - agent->queued_ns;
    size_t swept = agent->retention.swept - agent->swept_at;

    assert_null(err);
    assert_true(++agent->registered < REGISTRATIONS_MAX);
    if (took_ns > agent->worst_ns)
        agent->worst_ns = took_ns;
    if (swept > agent->most_swept)
        agent->most_swept = swept;
    if (agent->retention.swept < agent->until)
        register_again(agent);
    else
        retention_close(&agent->retention, on_retention_closed);
}

static void register_again(struct agent *agent)
{
    const struct store_service service = {"db", both, 2, 10, (int64_t)agent->registered};

    agent->queued_ns = uv_hrtime();
    agent->swept_at = agent->retention.swept;
    store_put_service(&agent->fixture->store, &service, on_registered, agent);
}

static void two_hundred_thousand_old_events_are_deleted_without_delaying_registrations(void **state)
{
    struct store_fixture *fixture = *state;
    struct agent agent = {.fixture = fixture, .until = OLD_EVENTS};

    add_events(fixture, 1, OLD_EVENTS, 94 * DAY_MS);
    add_events(fixture, OLD_EVENTS + 1, 1000, 1000);
    retention_open_timed(&agent.retention, &fixture->loop, &fixture->store, 93, &quick);
    register_again(&agent);
    store_fixture_wait(fixture);
    assert_true(agent.closed);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM event"), 1000);
    assert_int_equal(by_hand(fixture->directory, "SELECT min(id) FROM event"), OLD_EVENTS + 1);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM notice"), 1000);
    /* None waited for more than one step. */
    assert_in_range(agent.most_swept, 1, STORE_PRUNE_ROWS);
    assert_in_range(agent.registered, OLD_EVENTS / STORE_PRUNE_ROWS / 2, SIZE_MAX);
    print_message("           %zu registrations meanwhile, the worst took %.1f ms\n", agent.registered,
                  (double)agent.worst_ns / 1e6);
    store_fixture_close(fixture);
}

/* Waits until the sweep is over. */
static void sweep(struct store_fixture *fixture, long days)
{
    struct agent agent = {.fixture = fixture};

    retention_open_timed(&agent.retention, &fixture->loop, &fixture->store, days, &quick);
    while (days > 0 && uv_timer_get_due_in(&agent.retention.timer) < quick.interval_ms / 2)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    retention_close(&agent.retention, on_retention_closed);
    store_fixture_wait(fixture);
    assert_true(agent.closed);
}

static void younger_events_stay(void **state)
{
    struct store_fixture *fixture = *state;

    add_events(fixture, 1, 1234, 93 * DAY_MS + 3600000);
    add_events(fixture, 2000, 100, 93 * DAY_MS - 3600000);
    sweep(fixture, 93);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM event"), 100);
    store_fixture_close(fixture);
}

static void events_that_are_not_settled_stay(void **state)
{
    struct store_fixture *fixture = *state;

    add_events(fixture, 1, 3000, 1000 * DAY_MS);
    (void)by_hand(fixture->directory, "UPDATE event SET outcome = NULL WHERE id % 3 = 1; "
                                      "UPDATE notice SET outcome = NULL WHERE event % 3 = 1");
    sweep(fixture, 93);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM event"),
                     1001); /* and the newest of all */
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM event WHERE outcome IS NULL"), 1000);
    store_fixture_close(fixture);
}

static void the_newest_event_stays_so_that_no_id_is_used_twice(void **state)
{
    struct store_fixture *fixture = *state;

    add_events(fixture, 1, 2 * STORE_PRUNE_ROWS, 1000 * DAY_MS);
    sweep(fixture, 1);
    reopen(fixture);
    expect(fixture, "meta alive=0 last=1000\n");
    store_fixture_close(fixture);
}

static void with_0_days_nothing_is_deleted(void **state)
{
    struct store_fixture *fixture = *state;

    add_events(fixture, 1, 1000, 10000 * DAY_MS);
    sweep(fixture, 0);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM event"), 1000);
    store_fixture_close(fixture);
}

static void a_failed_step_is_tried_again_in_the_next_sweep(void **state)
{
    struct store_fixture *fixture = *state;
    struct agent agent = {.fixture = fixture};

    add_events(fixture, 1, 100, 1000 * DAY_MS);
    (void)by_hand(fixture->directory,
                  "CREATE TRIGGER refusal BEFORE DELETE ON event BEGIN SELECT RAISE (ABORT, 'no'); END");
    retention_open_timed(&agent.retention, &fixture->loop, &fixture->store, 93, &quick);
    while (uv_timer_get_due_in(&agent.retention.timer) < quick.interval_ms / 2)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(by_hand(fixture->directory, "SELECT count(*) FROM event"), 100);
    (void)by_hand(fixture->directory, "DROP TRIGGER refusal");
    while (by_hand(fixture->directory, "SELECT count(*) FROM event") > 1)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    retention_close(&agent.retention, on_retention_closed);
    store_fixture_wait(fixture);
    assert_true(agent.closed);
    store_fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(two_hundred_thousand_old_events_are_deleted_without_delaying_registrations),
        STORE_TEST(younger_events_stay),
        STORE_TEST(events_that_are_not_settled_stay),
        STORE_TEST(the_newest_event_stays_so_that_no_id_is_used_twice),
        STORE_TEST(with_0_days_nothing_is_deleted),
        STORE_TEST(a_failed_step_is_tried_again_in_the_next_sweep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
