/* SPDX-License-Identifier: MIT */
/* Which sinks are notified of an event is decided once, stored, and read back by a restart; reminders follow
 * the state. */

#include "engine_bed.h"

#include <string.h>

#include "base/wall_clock.h"
#include "virtual_clock.h"

#define HOUR_MS 3600000
#define SHUTDOWNS 200
/* Answers while Slack fails: for longer than the 10 s until the recovery. */
#define FAILURES 8

static const char *const texts[] = {"ok", "degraded", "degraded"};
static struct route route;
static size_t look_ups;

size_t __real_routing_table_match(const struct routing_table *table, const char *service,
                                  struct route_match matches[ROUTE_MATCHES_MAX]);
size_t __wrap_routing_table_match(const struct routing_table *table, const char *service,
                                  struct route_match matches[ROUTE_MATCHES_MAX]);

size_t __wrap_routing_table_match(const struct routing_table *table, const char *service,
                                  struct route_match matches[ROUTE_MATCHES_MAX])
{
    look_ups++;
    return __real_routing_table_match(table, service, matches);
}

/* s0, with a good status, on this route to the default sink. */
static void prepare(struct bed *bed, const struct route *wanted)
{
    route = *wanted;
    route.match = (char *)"*";
    route.sink = (char *)SINK_DEFAULT_NAME;
    bed->table = (struct routing_table){.routes = &route, .routes_count = 1};
    bed_add_with_statuses(bed, texts, 3);
}

/* Whether the text of the post, without the attachments, begins so. */
static bool text_is(const struct bed *bed, size_t post, const char *text)
{
    char wanted[256];

    (void)snprintf(wanted, sizeof wanted, "{\"text\":\"%s", text);
    return bed_says(bed, post, wanted);
}

/* Slack fails when the reminder is due, and when the service recovers. */
static void the_recovery_is_told_and_not_the_reminder(struct bed *bed, struct standin_answer failure)
{
    struct standin_answer answers[FAILURES];
    size_t posts, recovery;

    for (size_t i = 0; i < FAILURES; i++)
        answers[i] = failure;
    prepare(bed, &(struct route){.remind = true});
    bed_report_code(bed, 1);
    bed_run_until_settled(bed);
    posts = bed->slack.post_count;
    standin_script(&bed->slack, answers, FAILURES);
    bed_pass(bed, HOUR_MS);
    assert_true(bed_says(bed, posts, "s0: still degraded, for 1 h"));
    recovery = bed->slack.post_count;
    assert_in_range(recovery - posts, 1, FAILURES - 1); /* none of which was accepted */
    bed_report_code(bed, 0);
    bed_run_until_settled(bed);
    assert_true(bed->slack.post_count > recovery);
    for (size_t i = recovery; i < bed->slack.post_count; i++) {
        assert_true(text_is(bed, i, "Service s0 changed its status to: ok"));
        assert_false(bed_says(bed, i, "still"));
    }
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE kind = 7 AND outcome = 'merged'"), 1);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome IS NULL"), 0);
}

static void a_reminder_dies_with_its_state_while_slack_is_busy(void **state)
{
    the_recovery_is_told_and_not_the_reminder(*state, (struct standin_answer){.status = 503, .body = "busy"});
}

/* It may have been received: to be repeated byte for byte, or not at all. */
static void a_reminder_dies_with_its_state_after_slack_hung_up(void **state)
{
    the_recovery_is_told_and_not_the_reminder(*state, (struct standin_answer){.manner = STANDIN_HANG_UP});
}

static void a_state_that_lasts_is_reminded_of_more_than_once(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){.remind = true});
    bed_report_code(bed, 1);
    bed_run_until_settled(bed);
    posts = bed->slack.post_count;
    bed_pass(bed, HOUR_MS);
    bed_run_until_settled(bed);
    bed_pass(bed, 2 * HOUR_MS);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 2);
    assert_true(bed_says(bed, posts, "s0: still degraded, for 1 h"));
    assert_true(bed_says(bed, posts + 1, "s0: still degraded, for 3 h"));
}

static void no_reminder_while_the_state_is_held(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){.remind = true, .notify_after_s = 7200});
    posts = bed->slack.post_count;
    bed_report_code(bed, 1);
    bed_pass(bed, HOUR_MS);
    bed_report_code(bed, 0);
    bed_run_until_stored(bed);
    bed_pass(bed, 2 * HOUR_MS);
    assert_int_equal(bed->slack.post_count, posts);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE kind = 7"), 0);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM notice WHERE outcome = 'recovered_in_time'"), 2);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome IS NULL"), 0);
}

static void two_codes_with_one_text_are_two_statuses(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){0});
    posts = bed->slack.post_count;
    for (int i = 0; i < 2; i++) {
        bed_report_code(bed, 1);
        bed_pass(bed, 2000);
        bed_report_code(bed, 2);
        bed_pass(bed, 2000);
    }
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 4);
    for (size_t i = posts; i < posts + 4; i++)
        assert_true(text_is(bed, i, "Service s0 changed its status to: degraded"));
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome = 'delivered' AND kind = 0"),
                     4);
}

static void the_routing_table_is_looked_up_once_for_a_transition(void **state)
{
    struct bed *bed = *state;

    prepare(bed, &(struct route){.flapping = true, .remind = true, .notify_after_s = 10});
    look_ups = 0;
    bed_report_code(bed, 1);
    assert_int_equal(look_ups, 1);
    bed_pass(bed, 20000);
    bed_run_until_settled(bed);
    assert_int_equal(look_ups, 1); /* held, stored, released and delivered */
    bed_report_code(bed, 0);
    bed_run_until_settled(bed);
    assert_int_equal(look_ups, 2);
}

static void a_held_notice_is_released_as_it_was_decided_after_a_restart_with_other_routes(void **state)
{
    struct bed *bed = *state;
    long long until_ms;
    size_t posts;

    prepare(bed, &(struct route){.notify_after_s = 600});
    posts = bed->slack.post_count;
    bed_report_code(bed, 1);
    bed_run_until_stored(bed);
    until_ms = bed_number(bed, "SELECT held_until_ms FROM notice WHERE held_by = 'notify_after'");
    assert_int_equal(until_ms - bed_number(bed, "SELECT max(at_ms) FROM event"), 600000);
    bed_close_engine(bed);
    bed->table = (struct routing_table){0};
    bed_open_engine(bed);
    bed_pass(bed, 300000);
    assert_int_equal(bed->slack.post_count, posts);
    bed_pass(bed, 300000);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 1);
    assert_true(bed_says(bed, posts, "Service s0 changed its status to: degraded"));
}

static void what_was_decided_to_be_told_is_told_after_a_restart_with_other_routes(void **state)
{
    static const struct standin_answer busy = {.status = 503, .body = "busy"};
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){0});
    posts = bed->slack.post_count;
    standin_script(&bed->slack, &busy, 1);
    bed_report_code(bed, 1);
    bed_run_until_posted(bed, posts + 1);
    bed_close_engine(bed);
    route.notify_after_s = 3600;
    bed_open_engine(bed);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 2);
    assert_true(bed_says(bed, posts + 1, "Service s0 changed its status to: degraded"));
}

/* A crash after the transaction of the recovery leaves nothing that is not settled. */
static void a_recovery_in_time_ends_the_held_notice_in_its_own_transaction(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){.notify_after_s = 600});
    posts = bed->slack.post_count;
    bed_report_code(bed, 1);
    bed_report_code(bed, 2);
    bed_report_code(bed, 0);
    bed_run_until_stored(bed);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM notice WHERE outcome = 'recovered_in_time'"), 3);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome IS NULL"), 0);
    assert_int_equal(bed->engine->dispatcher.stages.held.count, 0);
    assert_int_equal(bed->slack.post_count, posts);
}

/* At each stop notices wait for reports, for the disk, and for a sink that answers late. */
static void two_hundred_stops_with_everything_in_flight(void **state)
{
    static const struct standin_answer late = {.status = 200, .body = "ok", .delay_ms = 50};
    struct bed *bed = *state;

    prepare(bed, &(struct route){.notify_after_reports = 2, .remind = true, .flapping = true});
    bed_add_services(bed, 12);
    for (int i = 0; i < SHUTDOWNS; i++) {
        standin_forget(&bed->slack);
        standin_script(&bed->slack, &late, 1);
        for (size_t service = 1; service < 12; service++)
            (i + (int)service) % 3 == 0 ? bed_lose(bed, service) : bed_report(bed, service);
        for (int report = 0; report < i % 5; report++)
            bed_report_code(bed, report % 3);
        for (int turn = 0; turn < i % 4; turn++)
            (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
        bed_report_code(bed, 1 + i % 2);
        bed_report_code(bed, 1 + i % 2);
        bed_close_engine(bed);
        bed_open_engine(bed);
    }
}

/* The routes that lead to the sink are gone when the service recovers: the sink must not be told the bad
 * state. */
static void a_held_notice_is_suppressed_by_a_recovery_after_a_reload_with_other_routes(void **state)
{
    static struct route other = {.match = (char *)"*", .sink = (char *)"team"};
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){.notify_after_s = 600});
    posts = bed->slack.post_count;
    bed_report_code(bed, 1);
    bed->table = (struct routing_table){.routes = &other, .routes_count = 1};
    bed_reload(bed, true);
    bed_report_code(bed, 0);
    bed_pass(bed, 601000);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts);
    assert_int_equal(bed->watcher.post_count, 1);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM notice WHERE outcome = 'recovered_in_time'"), 2);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome IS NULL"), 0);
}

/* The report arrives when the notice is due, before the loop has run its timer. */
static void what_is_due_is_told_although_another_bad_status_follows_before_the_timer(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){.notify_after_s = 60});
    posts = bed->slack.post_count;
    bed_report_code(bed, 1);
    bed_run_until_stored(bed);
    virtual_clock_pass(60000);
    bed_report_code(bed, 2);
    assert_int_equal(bed->engine->dispatcher.stages.held.count, 1);
    bed_run_until_posted(bed, posts + 1);
    assert_true(text_is(bed, posts, "Service s0 changed its status to: degraded"));
    assert_int_equal(bed->engine->dispatcher.stages.held.count, 1);
}

/* A mass outage holds the reminder, which a transition makes outdated, and then all of it recovers in time.
 */
static void an_outdated_reminder_is_settled_with_what_it_was_held_with(void **state)
{
    struct bed *bed = *state;
    struct dispatcher *dispatcher = &bed->engine->dispatcher;

    prepare(bed, &(struct route){.remind = true, .notify_after_s = 60});
    bed_report_code(bed, 1);
    bed_pass(bed, 61000);
    bed_run_until_settled(bed);
    dispatcher->stages.mass_outage.phase = MASS_OUTAGE_GROWING;
    bed_pass(bed, HOUR_MS);
    assert_int_equal(dispatcher->stages.held.count, 1);
    bed_report_code(bed, 0);
    bed_report_code(bed, 1);
    bed_report_code(bed, 2);
    assert_int_equal(dispatcher->stages.held.count, 4);
    bed_report_code(bed, 1);
    assert_int_equal(dispatcher->stages.held.count, 0);
    bed_run_until_stored(bed);
    dispatcher->stages.mass_outage.phase = MASS_OUTAGE_NONE;
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome = 'recovered_in_time'"), 5);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome IS NULL"), 0);
    assert_int_equal(dispatcher->suppressed[ROUTER_DEFAULT_SINK][STAGE_NOTIFY_AFTER], 5);
}

static void what_is_held_is_told_with_the_change_that_passes_and_not_again(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    prepare(bed, &(struct route){.notify_after_s = 60});
    bed_report_code(bed, 1);
    bed_pass(bed, 61000);
    bed_run_until_settled(bed);
    posts = bed->slack.post_count;
    bed_report_code(bed, 2);
    bed_run_until_stored(bed);
    bed_report_code(bed, 0);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 1);
    assert_true(bed_says(bed, posts, "degraded → ok, 2 changes"));
    bed_pass(bed, 120000);
    assert_int_equal(bed->slack.post_count, posts + 1);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM notice WHERE outcome IS NULL"), 0);
}

static void on_sink(void *arg, const struct engine_sink *sink)
{
    *(size_t *)arg += sink->waiting;
}

static size_t waiting(const struct bed *bed)
{
    size_t count = 0;

    engine_each_sink(bed->engine, on_sink, &count);
    return count;
}

static void a_notice_is_waiting_from_its_decision_until_it_is_settled(void **state)
{
    struct bed *bed = *state;

    prepare(bed, &(struct route){0});
    assert_int_equal(waiting(bed), 0);
    bed_report_code(bed, 1);
    assert_int_equal(waiting(bed), 1); /* for the commit */
    bed_run_until_stored(bed);
    assert_int_equal(waiting(bed), 1); /* for Slack */
    bed_run_until_settled(bed);
    assert_int_equal(waiting(bed), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(a_reminder_dies_with_its_state_while_slack_is_busy),
        BED_TEST(a_reminder_dies_with_its_state_after_slack_hung_up),
        BED_TEST(a_state_that_lasts_is_reminded_of_more_than_once),
        BED_TEST(no_reminder_while_the_state_is_held),
        BED_TEST(two_codes_with_one_text_are_two_statuses),
        BED_TEST(the_routing_table_is_looked_up_once_for_a_transition),
        BED_TEST(a_held_notice_is_released_as_it_was_decided_after_a_restart_with_other_routes),
        BED_TEST(what_was_decided_to_be_told_is_told_after_a_restart_with_other_routes),
        BED_TEST(a_recovery_in_time_ends_the_held_notice_in_its_own_transaction),
        BED_TEST(two_hundred_stops_with_everything_in_flight),
        BED_TEST(a_held_notice_is_suppressed_by_a_recovery_after_a_reload_with_other_routes),
        BED_TEST(what_is_due_is_told_although_another_bad_status_follows_before_the_timer),
        BED_TEST(an_outdated_reminder_is_settled_with_what_it_was_held_with),
        BED_TEST(what_is_held_is_told_with_the_change_that_passes_and_not_again),
        BED_TEST(a_notice_is_waiting_from_its_decision_until_it_is_settled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
