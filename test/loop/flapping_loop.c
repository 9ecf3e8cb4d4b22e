/* SPDX-License-Identifier: MIT */
/* A flapping service in the engine: its beginning and its end are told, its transitions are not. */

#include "engine_bed.h"

#include <string.h>

#include "engine/announcements.h"

static struct route flapping_route = {
    .match = (char *)"s0", .sink = (char *)SINK_DEFAULT_NAME, .flapping = true};

/* s0, available, with three statuses, on a route that suppresses the transitions of a flapping service. */
static void prepare(struct bed *bed)
{
    static const char *const texts[] = {"ok", "nok", "bad"};

    bed->table = (struct routing_table){.routes = &flapping_route, .routes_count = 1};
    bed_add_with_statuses(bed, texts, 3);
}

/* Six transitions with the first report; the last one alone, so that EVENT_FLAPPING is its own message. */
static void flap(struct bed *bed)
{
    for (int32_t i = 1; i < FLAP_CHANGES - 1; i++)
        bed_report_code(bed, i % 2);
    bed_run_until_settled(bed);
    bed_report_code(bed, 1);
    bed_run_until_settled(bed);
}

/* As if so much time had passed since the last transition. */
static void look(struct bed *bed, int64_t ms)
{
    static struct flap_times times;

    times = (struct flap_times){FLAP_WINDOW_MS, FLAP_STABLE_MS - ms};
    bed->engine->dispatcher.stages.flap.times = &times;
    announcements_stable(&bed->engine->dispatcher);
    bed->engine->dispatcher.stages.flap.times = &flap_times_default;
}

static size_t posts_with(const struct bed *bed, const char *words)
{
    size_t count = 0;

    for (size_t i = 0; i < bed->slack.post_count; i++)
        count += bed_says(bed, i, words);
    return count;
}

static void become_stable(struct bed *bed)
{
    look(bed, FLAP_STABLE_MS);
    bed_run_until_settled(bed);
}

static void flapping_is_told_once_when_it_begins_and_once_when_it_ends(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    prepare(bed);
    flap(bed);
    posts = bed->slack.post_count;
    assert_true(bed_says(bed, posts - 1, "Service s0 is flapping: 6 changes in 10 min."));
    for (int32_t i = 0; i < 200; i++)
        bed_report_code(bed, i % 2);
    bed_run_until_settled(bed);
    look(bed, FLAP_STABLE_MS - 1000);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome = 'flapping'"), 201);
    become_stable(bed);
    assert_int_equal(bed->slack.post_count, posts + 1);
    assert_true(bed_says(bed, posts, "Service s0 is stable: nok."));
    bed_report_code(bed, 0);
    bed_run_until_settled(bed);
    assert_true(bed_says(bed, posts + 1, "Service s0 changed its status to: ok"));
    become_stable(bed);
    assert_int_equal(bed->slack.post_count, posts + 2);
}

static void a_restart_neither_repeats_nor_omits_the_beginning_and_the_end(void **state)
{
    struct bed *bed = *state;

    prepare(bed);
    flap(bed);
    bed_close_engine(bed);
    bed_open_engine(bed);
    for (int32_t i = 0; i < 10; i++)
        bed_report_code(bed, i % 2);
    bed_run_until_settled(bed);
    bed_close_engine(bed);
    /* EVENT_FLAPPING itself is too old to be loaded; a suppressed transition is enough. */
    (void)bed_number(bed, "UPDATE event SET at_ms = at_ms - 86400000 WHERE outcome != 'flapping'");
    bed_open_engine(bed);
    assert_int_equal(posts_with(bed, "flapping"), 1);
    become_stable(bed);
    assert_int_equal(posts_with(bed, "stable: nok"), 1);
    bed_close_engine(bed);
    bed_open_engine(bed);
    become_stable(bed);
    assert_int_equal(posts_with(bed, "stable"), 1);
    assert_int_equal(posts_with(bed, "flapping"), 1);
}

static void the_end_of_flapping_is_told_to_the_sinks_that_were_told_its_beginning(void **state)
{
    struct bed *bed = *state;

    prepare(bed);
    flap(bed);
    bed->table = (struct routing_table){0};
    become_stable(bed);
    assert_int_equal(posts_with(bed, "stable: nok"), 1);
}

static void without_flapping_in_the_route_each_transition_is_told(void **state)
{
    struct bed *bed = *state;

    prepare(bed);
    bed->table = (struct routing_table){0};
    flap(bed);
    for (int32_t i = 0; i < 20; i++)
        bed_report_code(bed, i % 2);
    bed_run_until_settled(bed);
    assert_int_equal(posts_with(bed, "flapping"), 0);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome = 'flapping'"), 0);
}

/* s0 is flapping at the sink "team". */
static void flap_at_team(struct bed *bed)
{
    static struct route route = {.match = (char *)"s0", .sink = (char *)"team", .flapping = true};

    prepare(bed);
    bed->table = (struct routing_table){.routes = &route, .routes_count = 1};
    bed_reload(bed, true);
    flap(bed);
    bed->table = (struct routing_table){0};
    assert_int_not_equal(flap_sinks(&bed->engine->dispatcher.stages.flap, "s0"), 0);
}

/* Its transitions go to the default sink, which was not told that it is flapping. */
static void expect_no_flapping(struct bed *bed)
{
    size_t posts = bed->slack.post_count, posts_of_team = bed->watcher.post_count;

    assert_int_equal(bed->engine->dispatcher.stages.flap.flapping, 0);
    bed_report_code(bed, 0);
    become_stable(bed);
    assert_int_equal(bed->slack.post_count, posts + 1);
    assert_true(bed_says(bed, posts, "Service s0 changed its status to: ok"));
    assert_int_equal(bed->watcher.post_count, posts_of_team);
}

static void a_reload_that_removes_the_sink_ends_flapping(void **state)
{
    struct bed *bed = *state;

    flap_at_team(bed);
    bed_reload(bed, false);
    while (bed->engine->router.queue_count > 1)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    expect_no_flapping(bed);
}

static void a_restart_without_the_sink_ends_flapping(void **state)
{
    struct bed *bed = *state;

    flap_at_team(bed);
    bed_close_engine(bed);
    bed->sinks = (struct sink_list){0};
    bed_open_engine(bed);
    expect_no_flapping(bed);
}

/* s0 changes between two bad statuses, which NOTIFY_AFTER holds: four notices before the sixth transition. */
static void prepare_held(struct bed *bed, struct route *route)
{
    *route = flapping_route;
    route->notify_after_s = 3600;
    prepare(bed);
    bed->table = (struct routing_table){.routes = route, .routes_count = 1};
    for (int32_t i = 0; i < FLAP_CHANGES - 2; i++)
        bed_report_code(bed, 1 + i % 2);
    assert_int_equal(bed->engine->dispatcher.stages.held.count, FLAP_CHANGES - 2);
}

static void expect_flapping_alone(struct bed *bed, size_t posts)
{
    const struct dispatcher *dispatcher = &bed->engine->dispatcher;

    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 1);
    assert_true(bed_says(bed, posts, "Service s0 is flapping: 6 changes in 10 min."));
    assert_false(bed_says(bed, posts, "nok"));
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM notice WHERE outcome = 'flapping'"),
                     FLAP_CHANGES - 1);
    assert_int_equal(dispatcher->suppressed[ROUTER_DEFAULT_SINK][STAGE_FLAPPING], FLAP_CHANGES - 1);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome IS NULL"), 0);
}

static void flapping_suppresses_what_notify_after_holds(void **state)
{
    struct bed *bed = *state;
    struct route route;
    size_t posts;

    prepare_held(bed, &route);
    posts = bed->slack.post_count;
    bed_report_code(bed, 1);
    expect_flapping_alone(bed, posts);
}

static void flapping_that_a_mass_outage_holds_suppresses_what_notify_after_holds(void **state)
{
    struct bed *bed = *state;
    struct dispatcher *dispatcher = &bed->engine->dispatcher;
    struct route route;
    size_t posts;

    prepare_held(bed, &route);
    posts = bed->slack.post_count;
    dispatcher->stages.mass_outage.phase = MASS_OUTAGE_GROWING;
    bed_report_code(bed, 1);
    assert_int_equal(dispatcher->stages.held.count, 1);
    bed_run_until_stored(bed);
    dispatcher->stages.mass_outage.phase = MASS_OUTAGE_NONE;
    dispatcher_release_outage(dispatcher);
    expect_flapping_alone(bed, posts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(flapping_is_told_once_when_it_begins_and_once_when_it_ends),
        BED_TEST(a_restart_neither_repeats_nor_omits_the_beginning_and_the_end),
        BED_TEST(the_end_of_flapping_is_told_to_the_sinks_that_were_told_its_beginning),
        BED_TEST(without_flapping_in_the_route_each_transition_is_told),
        BED_TEST(a_reload_that_removes_the_sink_ends_flapping),
        BED_TEST(a_restart_without_the_sink_ends_flapping),
        BED_TEST(flapping_suppresses_what_notify_after_holds),
        BED_TEST(flapping_that_a_mass_outage_holds_suppresses_what_notify_after_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
