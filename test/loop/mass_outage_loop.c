/* SPDX-License-Identifier: MIT */

#include "engine_bed.h"

static void lose_all(struct bed *bed, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        bed_lose(bed, i);
}

static void one_that_is_lost_waits_for_nobody(void **state)
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

static void the_first_of_a_few_waits_for_nobody_and_the_rest_is_one_message(void **state)
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

static void half_at_once_is_one_question_and_then_the_digest(void **state)
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

static void what_trails_behind_is_told_without_a_second_question(void **state)
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

static void who_comes_back_while_it_is_counted_is_no_news_behind_the_question(void **state)
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

static void the_question_is_on_the_disk_before_it_is_counted(void **state)
{
    struct bed *bed = *state;

    bed_add_services(bed, 40);
    lose_all(bed, 0, 37);
    while (store_pending(&bed->engine->store) > 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_not_equal(bed->engine->dispatcher.question.event.id, 0);
    assert_int_equal(
        bed_number(
            bed, "SELECT count(*) FROM event WHERE kind = 3 AND outcome IS NULL AND text LIKE '20 of 40 %'"),
        1);
}

static void an_end_while_it_is_counted_loses_neither_the_question_nor_the_rest(void **state)
{
    struct bed *bed = *state;
    size_t posts;

    bed_add_services(bed, 40);
    posts = bed->slack.post_count;
    lose_all(bed, 0, 37);
    bed_close_engine(bed);
    assert_true(bed->slack.post_count <= posts + 1); /* the first one */
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

static void who_was_away_before_the_start_is_not_lost_again(void **state)
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

static void a_disk_that_refuses_the_question_keeps_nobody_from_being_asked(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        BED_TEST(one_that_is_lost_waits_for_nobody),
        BED_TEST(the_first_of_a_few_waits_for_nobody_and_the_rest_is_one_message),
        BED_TEST(half_at_once_is_one_question_and_then_the_digest),
        BED_TEST(what_trails_behind_is_told_without_a_second_question),
        BED_TEST(who_comes_back_while_it_is_counted_is_no_news_behind_the_question),
        BED_TEST(the_question_is_on_the_disk_before_it_is_counted),
        BED_TEST(an_end_while_it_is_counted_loses_neither_the_question_nor_the_rest),
        BED_TEST(who_was_away_before_the_start_is_not_lost_again),
        BED_TEST(a_disk_that_refuses_the_question_keeps_nobody_from_being_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
