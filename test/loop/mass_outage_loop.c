/* SPDX-License-Identifier: MIT */
/* A mass outage in the engine: one question, told before what is held, on disk before it is told. */

#include "engine_bed.h"

#include <string.h>

static void lose_all(struct bed *bed, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        bed_lose(bed, i);
}

static void a_single_lost_service_is_told_at_once(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 10);
    posts = bed->slack.post_count;
    bed_lose(bed, 3);
    assert_int_equal(bed->engine->dispatcher.question.event.id, 0);
    bed_run_until_posted(bed, posts + 1);
    assert_true(bed_says(bed, posts, "Agent s3 is not available: connection lost."));
}

static void the_first_of_a_few_is_told_at_once_and_the_others_are_one_message(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 40);
    posts = bed->slack.post_count;
    lose_all(bed, 0, 10);
    bed_run_until_posted(bed, posts + 1);
    assert_int_equal(bed->engine->dispatcher.stages.mass_outage.phase, MASS_OUTAGE_GROWING);
    assert_true(bed_says(bed, posts, "Agent s0 is not available: connection lost."));
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 2);
    assert_true(bed_says(bed, posts + 1, "9 services are not available:"));
    assert_int_equal(bed->engine->dispatcher.stages.mass_outage.phase, MASS_OUTAGE_NONE);
}

static void half_of_the_services_at_once_are_one_question_and_then_a_digest(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 40);
    posts = bed->slack.post_count;
    lose_all(bed, 0, 37);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 3);
    assert_true(bed_says(bed, posts, "Agent s0 is not available: connection lost."));
    assert_true(
        bed_says(bed, posts + 1, "\"37 of 40 agents fell silent within 1 s: is procjon itself cut off?\""));
    assert_true(bed_says(bed, posts + 1, "\"color\":\"danger\""));
    assert_true(bed_says(bed, posts + 2, "36 services are not available:"));
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE kind = 3 AND outcome = 'delivered'"),
                     1);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE kind = 2 AND outcome = 'delivered'"),
                     37);
    assert_int_equal(bed_number(bed, "SELECT count(DISTINCT id) FROM event"), 40 + 37 + 1);
}

static void services_that_are_lost_later_cause_no_second_question(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 40);
    posts = bed->slack.post_count;
    lose_all(bed, 0, 20);
    bed_run_until_settled(bed);
    lose_all(bed, 20, 40);
    assert_int_equal(bed->engine->dispatcher.question.event.id, 0);
    bed_run_until_settled(bed);
    assert_int_equal(bed_questions_from(bed, posts), 1);
}

static void services_that_come_back_while_they_are_counted_cause_only_the_question(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 40);
    posts = bed->slack.post_count;
    lose_all(bed, 0, 40);
    for (size_t i = 0; i < 40; i++)
        bed_report(bed, i);
    bed_run_until_settled(bed);
    assert_true(bed_says(bed, posts + 1, "40 of 40 agents fell silent within 1 s"));
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome IS NULL"), 0);
}

static void the_question_is_stored_before_the_counting_ends(void **state)
{
    struct bed *bed = *state;

    bed_add_services(bed, 40);
    lose_all(bed, 0, 37);
    bed_run_until_stored(bed);
    assert_int_not_equal(bed->engine->dispatcher.question.event.id, 0);
    assert_int_equal(
        bed_number(
            bed, "SELECT count(*) FROM event WHERE kind = 3 AND outcome IS NULL AND text LIKE '20 of 40 %'"),
        1);
}

static void a_stop_while_counting_loses_neither_the_question_nor_what_is_held(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 40);
    posts = bed->slack.post_count;
    lose_all(bed, 0, 37);
    bed_close_engine(bed);
    assert_true(bed->slack.post_count <= posts + 1); /* the first service */
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE kind = 3 AND outcome IS NULL"), 1);
    bed_open_engine(bed);
    bed_run_until_settled(bed);
    assert_int_equal(bed_questions_from(bed, posts), 1);
    assert_true(bed->slack.post_count <= posts + 3);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE kind = 3 AND text LIKE '37 of 40 %'"),
                     1);
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE outcome = 'delivered' AND kind > 1"),
                     38);
}

static void services_that_were_unavailable_before_the_start_are_not_counted(void **state)
{
    struct bed *bed = *state;

    bed_add_services(bed, 12);
    lose_all(bed, 0, 4);
    bed_run_until_settled(bed);
    bed_close_engine(bed);
    bed_open_engine(bed);
    assert_int_equal(bed->engine->dispatcher.stages.mass_outage.available, 8);
    bed_run_until_settled(bed);
}

static void a_question_that_is_not_stored_is_told_all_the_same(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 10);
    posts = bed->slack.post_count;
    (void)bed_number(bed, "CREATE TRIGGER refusal BEFORE INSERT ON event WHEN new.kind = 3 "
                          "BEGIN SELECT RAISE (ABORT, 'no'); END");
    lose_all(bed, 0, 10);
    bed_run_until_settled(bed);
    assert_int_equal(bed->slack.post_count, posts + 3);
    assert_true(
        bed_says(bed, posts + 1, "10 of 10 agents fell silent within 1 s: is procjon itself cut off?"));
    assert_int_equal(bed_number(bed, "SELECT count(*) FROM event WHERE kind = 3"), 0);
}

/* Nothing waits for the sink but the question, which was not told yet. */
static void a_reload_that_removes_a_sink_keeps_the_question_for_it(void **state)
{
    static struct route route = {.match = (char *)"other", .sink = (char *)"team"};
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 10);
    posts = bed->slack.post_count;
    bed->table = (struct routing_table){.routes = &route, .routes_count = 1};
    bed_reload(bed, true);
    lose_all(bed, 0, 10);
    assert_int_not_equal(bed->engine->dispatcher.question.event.id, 0);
    bed->table = (struct routing_table){0};
    bed_reload(bed, false);
    bed_run_until_settled(bed);
    assert_int_equal(bed_questions_from(bed, posts), 1);
    assert_int_equal(bed->watcher.post_count, 1);
    assert_non_null(strstr(bed->watcher.posts[0].body, "is procjon itself cut off?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(a_single_lost_service_is_told_at_once),
        BED_TEST(the_first_of_a_few_is_told_at_once_and_the_others_are_one_message),
        BED_TEST(half_of_the_services_at_once_are_one_question_and_then_a_digest),
        BED_TEST(services_that_are_lost_later_cause_no_second_question),
        BED_TEST(services_that_come_back_while_they_are_counted_cause_only_the_question),
        BED_TEST(the_question_is_stored_before_the_counting_ends),
        BED_TEST(a_stop_while_counting_loses_neither_the_question_nor_what_is_held),
        BED_TEST(services_that_were_unavailable_before_the_start_are_not_counted),
        BED_TEST(a_question_that_is_not_stored_is_told_all_the_same),
        BED_TEST(a_reload_that_removes_a_sink_keeps_the_question_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
