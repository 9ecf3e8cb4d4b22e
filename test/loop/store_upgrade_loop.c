/* SPDX-License-Identifier: MIT */
/*
 * A database of an older version: test/data/schema3.sql makes one as version 0.5.0 left it, and
 * test/data/schema3.txt is what a load must give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/store_by_hand.h"
#include "../lib/store_fixture.h"

#define DAY_MS INT64_C(86400000)

static char *read_data(const char *name)
{
    char path[512];
    char *text = NULL;
    size_t size = 0;
    FILE *in;

    (void)snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    in = fopen(path, "r");
    assert_non_null(in);
    assert_true(getdelim(&text, &size, '\0', in) > 0);
    (void)fclose(in);
    return text;
}

static void make_database(const char *directory, const char *name)
{
    char path[192];
    char *text = read_data("schema3.sql");
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    free(text);
}

static int set_up(void **state)
{
    static struct store_fixture fixture;

    store_fixture_make_directory(fixture.directory, sizeof fixture.directory);
    make_database(fixture.directory, "procjon.db");
    make_database(fixture.directory, "old.db");
    if (store_fixture_open(&fixture) != 0)
        fail_msg("%s", fixture.err.msg);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct store_fixture *fixture = *state;
    char path[192];

    store_fixture_close(fixture);
    (void)snprintf(path, sizeof path, "%s/old.db", fixture->directory);
    assert_int_equal(unlink(path), 0);
    store_fixture_remove_directory(fixture->directory);
    return 0;
}

/* The answer of the database; the one before the upgrade is attached to it as `old`. */
static long long compared(const struct store_fixture *fixture, const char *question)
{
    char text[1536];
    int length = snprintf(text, sizeof text, "ATTACH '%s/old.db' AS old; %s", fixture->directory, question);

    assert_in_range(length, 1, sizeof text - 1);
    return by_hand(fixture->directory, text);
}

static void a_load_gives_every_record(void **state)
{
    char *dump = store_fixture_dump_recent(*state, DAY_MS);
    char *expected = read_data("schema3.txt");

    assert_string_equal(dump, expected);
    free(dump);
    free(expected);
}

static void a_load_gives_what_is_recent_and_all_that_is_owed(void **state)
{
    char *dump = store_fixture_dump_recent(*state, 12000);

    assert_null(strstr(dump, "recent 23 "));
    assert_non_null(strstr(dump, "recent 24 "));
    assert_non_null(strstr(dump, "recent 38 "));
    assert_non_null(strstr(dump, "owed 25 "));
    free(dump);
}

static void a_second_start_gives_the_same(void **state)
{
    struct store_fixture *fixture = *state;
    char *first = store_fixture_dump_recent(fixture, DAY_MS), *second;

    store_fixture_close(fixture);
    assert_int_equal(store_fixture_open(fixture), 0);
    second = store_fixture_dump_recent(fixture, DAY_MS);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

/* A load gives neither the outcomes of events nor the times of outcomes. */
static void every_outcome_is_there_in_the_words_of_today(void **state)
{
    static const char words[] =
        "CASE o.fate WHEN 'brief' THEN 'recovered_in_time' WHEN 'poison' THEN 'rejected' "
        "ELSE o.fate END";
    char question[1024];

    (void)snprintf(
        question, sizeof question,
        "SELECT count(*) FROM old.event AS o LEFT JOIN main.event AS n USING (id) WHERE id <> 37 AND "
        "(n.id IS NULL OR n.outcome IS NOT %s OR n.outcome_ms IS NOT o.settled_ms)",
        words);
    assert_int_equal(compared(*state, question), 0);
    (void)snprintf(question, sizeof question,
                   "SELECT count(*) FROM old.owed AS o LEFT JOIN main.notice AS n USING (event, sink) "
                   "WHERE n.event IS NULL OR n.outcome IS NOT %s OR n.outcome_ms IS NOT o.settled_ms",
                   words);
    assert_int_equal(compared(*state, question), 0);
    assert_int_equal(compared(*state, "SELECT count(*) FROM main.event"), 38);
    assert_int_equal(
        compared(*state, "SELECT (SELECT count(*) FROM main.notice) - (SELECT count(*) FROM old.owed)"), 0);
    assert_int_equal(compared(*state, "SELECT count(*) FROM main.event WHERE id = 37 AND outcome = 'no_sink' "
                                      "AND outcome_ms = at_ms"),
                     1);
}

static void nothing_else_of_an_event_is_changed_unless_it_is_a_reminder(void **state)
{
    static const char *const columns[] = {"service", "severity", "previous", "at_ms"};
    char question[256];

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        (void)snprintf(question, sizeof question,
                       "SELECT count(*) FROM old.event AS o JOIN main.event AS n USING (id) "
                       "WHERE n.%s IS NOT o.%s OR n.code IS NOT NULL OR n.previous_code IS NOT NULL",
                       columns[i], columns[i]);
        assert_int_equal(compared(*state, question), 0);
    }
    assert_int_equal(compared(*state,
                              "SELECT count(*) FROM old.event AS o JOIN main.event AS n USING (id) "
                              "WHERE n.kind <> o.kind OR n.text <> o.text OR n.since_ms <> o.since_ms"),
                     3);
    assert_int_equal(compared(*state, "SELECT group_concat(id, '') FROM main.event WHERE kind = 7"), 313233);
    assert_int_equal(compared(*state, "SELECT group_concat(id, '') FROM main.event WHERE kind = 4"), 2638);
}

#define UPGRADE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UPGRADE_TEST(a_load_gives_every_record),
        UPGRADE_TEST(a_load_gives_what_is_recent_and_all_that_is_owed),
        UPGRADE_TEST(a_second_start_gives_the_same),
        UPGRADE_TEST(every_outcome_is_there_in_the_words_of_today),
        UPGRADE_TEST(nothing_else_of_an_event_is_changed_unless_it_is_a_reminder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
