/* SPDX-License-Identifier: MIT */
#include "engine_bed.h"

#include <string.h>

#include "engine/announcements.h"

static struct route flapping_route = {
    .match = (char *)"s0", .sink = (char *)SINK_DEFAULT_NAME, .flapping = true};

/* s0, available, with two statuses, on a route that suppresses the changes of a service that flaps. */
static void prepare(struct bed *bed)
{
    static const char *const texts[] = {"ok", "nok"};

    bed->table = (struct routing_table){.routes = &flapping_route, .routes_count = 1};
    bed_add_with_statuses(bed, texts, 2);
}

/* Six changes, of which that it is available was the first; the last alone, so that the word comes alone. */
static void flap(struct bed *bed)
{
    for (int32_t i = 1; i < FLAP_CHANGES - 1; i++)
        bed_report_code(bed, i % 2);
    bed_run_until_settled(bed);
    bed_report_code(bed, 1);
    bed_run_until_settled(bed);
}

/* As if so much time had passed since the last change. */
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

static void rest(struct bed *bed)
{
    look(bed, FLAP_STABLE_MS);
    bed_run_until_settled(bed);
}

static void a_service_that_flaps_for_long_is_told_of_once_and_once_when_it_rests(void **state)
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
    rest(bed);
    assert_int_equal(bed->slack.post_count, posts + 1);
    assert_true(bed_says(bed, posts, "Service s0 is stable: nok."));
    bed_report_code(bed, 0);
    bed_run_until_settled(bed);
    assert_true(bed_says(bed, posts + 1, "Service s0 changed its status to: ok"));
    rest(bed);
    assert_int_equal(bed->slack.post_count, posts + 2);
}

static void a_restart_repeats_neither_word_and_forgets_none(void **state)
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
    /* The word itself was long ago; that a change was spared is as good. */
    (void)bed_number(bed, "UPDATE event SET at_ms = at_ms - 86400000 WHERE outcome != 'flapping'");
    bed_open_engine(bed);
    assert_int_equal(posts_with(bed, "flapping"), 1);
    rest(bed);
    assert_int_equal(posts_with(bed, "stable: nok"), 1);
    bed_close_engine(bed);
    bed_open_engine(bed);
    rest(bed);
    assert_int_equal(posts_with(bed, "stable"), 1);
    assert_int_equal(posts_with(bed, "flapping"), 1);
}

static void who_was_told_that_it_flaps_is_told_the_end_whatever_the_plan_says_by_then(void **state)
{
    struct bed *bed = *state;

    prepare(bed);
    flap(bed);
    bed->table = (struct routing_table){0};
    rest(bed);
    assert_int_equal(posts_with(bed, "stable: nok"), 1);
}

static void without_the_word_in_its_route_each_change_is_told(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(a_service_that_flaps_for_long_is_told_of_once_and_once_when_it_rests),
        BED_TEST(a_restart_repeats_neither_word_and_forgets_none),
        BED_TEST(who_was_told_that_it_flaps_is_told_the_end_whatever_the_plan_says_by_then),
        BED_TEST(without_the_word_in_its_route_each_change_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
