/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/store_fixture.h"
#include "store/sqlite_connection.h"

static char directory[64];
static char path[96];

static int set_up(void **state)
{
    int fd;

    (void)state;
    store_fixture_make_directory(directory, sizeof directory);
    (void)snprintf(path, sizeof path, "%s/procjon.db", directory);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    store_fixture_remove_directory(directory);
    return 0;
}

/* From another connection, as an operator does. */
static void by_hand(const char *text)
{
    sqlite3 *other = NULL;

    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static int collect(void *last, int columns, char **values, char **names)
{
    (void)names;
    (void)snprintf(last, 256, "%s", values[columns - 1]);
    return 0;
}

/* The last column of the last row. */
static const char *answer_to(const char *question)
{
    static char last[256];
    sqlite3 *other = NULL;

    last[0] = '\0';
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, question, collect, last, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    return last;
}

static int match(void *wanted, int columns, char **values, char **names)
{
    (void)names;
    return strstr(values[columns - 1], wanted) != NULL; /* not 0: SQLite stops */
}

/* Whether the last column of any row has these words. */
static bool said_by(const char *question, const char *words)
{
    char copy[128];
    sqlite3 *other = NULL;
    int rc;

    (void)snprintf(copy, sizeof copy, "%s", words);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    rc = sqlite3_exec(other, question, match, copy, NULL);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    assert_true(rc == SQLITE_OK || rc == SQLITE_ABORT);
    return rc == SQLITE_ABORT;
}

static void fill(int events)
{
    struct sqlite_connection *db;
    struct err err;

    assert_int_equal(sqlite_connection_open(&db, path, &err), 0);
    assert_int_equal(sqlite_connection_step(db, SQL_BEGIN, &err), 0);
    for (int i = 1; i <= events; i++) {
        sqlite_connection_bind_number(db, SQL_ADD_EVENT, 1, i);
        for (int column = 2; column <= 10; column++) {
            if (column == 2 || column == 5 || column == 6)
                sqlite_connection_bind_text(db, SQL_ADD_EVENT, column, "some text of an event");
            else
                sqlite_connection_bind_number(db, SQL_ADD_EVENT, column, column);
        }
        assert_int_equal(sqlite_connection_step(db, SQL_ADD_EVENT, &err), 0);
    }
    assert_int_equal(sqlite_connection_step(db, SQL_COMMIT, &err), 0);
    sqlite_connection_close(db);
}

static void refused(int code, const char *words)
{
    struct sqlite_connection *db = NULL;
    struct err err = {0};

    assert_int_equal(sqlite_connection_open(&db, path, &err), code);
    assert_int_equal(err.code, code);
    if (strstr(err.msg, words) == NULL || strstr(err.msg, path) == NULL)
        fail_msg("'%s' does not say '%s' of '%s'", err.msg, words, path);
    assert_null(strchr(err.msg, '\n'));
}

static void an_empty_file_gets_the_schema(void **state)
{
    (void)state;
    fill(0);
    by_hand(
        "SELECT name, timeout_s, registered_ms, availability, code, since_ms, code_since_ms FROM service");
    by_hand("SELECT service, code, text FROM status");
    by_hand(
        "SELECT id, service, kind, severity, text, previous, at_ms, since_ms, code, previous_code, outcome, "
        "outcome_ms FROM event");
    by_hand("SELECT event, sink, outcome, outcome_ms, held_by, held_until_ms, held_reports FROM notice");
    by_hand("SELECT service, last_seen_ms FROM seen");
    fill(0);
}

static void a_newer_schema_is_refused_and_left_alone(void **state)
{
    (void)state;
    fill(0);
    by_hand("PRAGMA user_version = 12");
    refused(-EINVAL, "was written by a newer procjon: its schema is 12");
    refused(-EINVAL, "was written by a newer procjon: its schema is 12");
}

static void the_database_of_another_program_is_refused_and_left_alone(void **state)
{
    (void)state;
    by_hand("CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('bread')");
    refused(-EINVAL, "is the database of another program");
    by_hand("INSERT INTO recipe VALUES ('soup')");
    assert_string_equal(answer_to("SELECT count(*) || ' ' || (SELECT journal_mode FROM pragma_journal_mode) "
                                  "FROM recipe"),
                        "2 delete");
}

static void overwrite(off_t offset, size_t size)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    char byte = 'x';

    assert_true(fd >= 0);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(pwrite(fd, &byte, 1, offset + (off_t)i), 1);
    assert_int_equal(close(fd), 0);
}

static off_t size_of_file(void)
{
    struct stat found;

    assert_int_equal(stat(path, &found), 0);
    return found.st_size;
}

static void garbage_over_the_first_page_is_said_and_nothing_is_deleted(void **state)
{
    off_t size;

    (void)state;
    fill(1000);
    size = size_of_file();
    overwrite(0, 4096);
    refused(-EUCLEAN, "is damaged");
    assert_int_equal(size_of_file(), size);
}

static void a_truncated_file_is_said_and_nothing_is_deleted(void **state)
{
    off_t size;

    (void)state;
    fill(1000);
    size = size_of_file();
    assert_int_equal(truncate(path, size / 2), 0);
    refused(-EUCLEAN, "is damaged");
    assert_int_equal(size_of_file(), size / 2);
}

/* Page 2 is the root of the first table made: service. */
static void garbage_in_the_services_is_said(void **state)
{
    (void)state;
    fill(0);
    overwrite(4096, 4096);
    refused(-EUCLEAN, "is damaged");
}

static void a_file_that_another_program_locks_is_busy(void **state)
{
    struct sqlite_connection *db;
    sqlite3 *other = NULL;
    struct err err;

    (void)state;
    assert_int_equal(sqlite_connection_open(&db, path, &err), 0);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite_connection_step(db, SQL_BEGIN, &err), -EBUSY);
    assert_non_null(strstr(err.msg, "another program locks the file"));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite_connection_step(db, SQL_BEGIN, &err), 0);
    sqlite_connection_rollback(db);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    sqlite_connection_close(db);
}

static void an_operator_reads_while_we_write(void **state)
{
    struct sqlite_connection *db;
    struct err err;

    (void)state;
    assert_int_equal(sqlite_connection_open(&db, path, &err), 0);
    assert_int_equal(sqlite_connection_step(db, SQL_BEGIN, &err), 0);
    by_hand("SELECT * FROM event");
    assert_int_equal(sqlite_connection_step(db, SQL_COMMIT, &err), 0);
    sqlite_connection_close(db);
}

/* Whether the plan of the statement has these words. */
static bool planned(enum sqlite_statement statement, const char *words)
{
    char question[1024];
    int length =
        snprintf(question, sizeof question, "EXPLAIN QUERY PLAN %s", sqlite_schema_statements[statement]);

    assert_in_range(length, 1, sizeof question - 1);
    return said_by(question, words);
}

static void what_is_owed_is_found_without_reading_the_history(void **state)
{
    (void)state;
    fill(0);
    assert_true(planned(SQL_LIST_OWED, "SCAN notice USING INDEX notice_open"));
    assert_true(planned(SQL_LIST_OWED, "SEARCH event USING INTEGER PRIMARY KEY"));
    assert_false(planned(SQL_LIST_OWED, "TEMP B-TREE"));
}

static void what_is_recent_is_found_without_reading_the_history(void **state)
{
    (void)state;
    fill(0);
    assert_true(planned(SQL_LIST_RECENT, "SEARCH event USING INTEGER PRIMARY KEY"));
    assert_true(planned(SQL_LIST_RECENT, "SEARCH event USING INDEX event_closed (at_ms>?)"));
    assert_true(planned(SQL_LIST_RECENT, "SCAN event USING INDEX event_open"));
    assert_true(planned(SQL_LIST_NOTICES, "SEARCH notice USING PRIMARY KEY (event=?)"));
    assert_false(planned(SQL_LIST_NOTICES, "TEMP B-TREE"));
}

static void a_notice_and_its_event_are_found_by_their_keys(void **state)
{
    static const enum sqlite_statement of_notice[] = {SQL_SETTLE_NOTICE, SQL_RELEASE_NOTICE};

    (void)state;
    fill(0);
    for (size_t i = 0; i < sizeof of_notice / sizeof of_notice[0]; i++) {
        assert_true(planned(of_notice[i], "SEARCH notice USING PRIMARY KEY (event=? AND sink=?)"));
        assert_false(planned(of_notice[i], "SCAN"));
    }
    assert_true(planned(SQL_PUT_NOTICE, "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"));
    assert_false(planned(SQL_PUT_NOTICE, "SCAN"));
    assert_true(planned(SQL_CLOSE_EVENT, "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"));
    assert_false(planned(SQL_CLOSE_EVENT, "SCAN notice"));
    assert_true(planned(SQL_CLOSE_EVENTS, "USING INDEX event_open"));
}

static void what_is_old_is_found_without_reading_the_history(void **state)
{
    (void)state;
    fill(0);
    assert_true(planned(SQL_PRUNE_EVENTS, "SEARCH event USING INDEX event_closed (at_ms<?)"));
    assert_false(planned(SQL_PRUNE_EVENTS, "SCAN"));
    assert_false(planned(SQL_PRUNE_EVENTS, "TEMP B-TREE"));
}

static void a_file_of_the_first_schema_is_brought_up_to_date(void **state)
{
    char expected[16];

    (void)state;
    by_hand(sqlite_schema_steps[0]);
    by_hand("PRAGMA application_id = " SQLITE_SCHEMA_APPLICATION "; PRAGMA user_version = 1;"
            "INSERT INTO event VALUES (7, 'db', 0, 0, 'nok', 'ok', 60, 50, 'delivered', 61)");
    fill(0);
    (void)snprintf(expected, sizeof expected, "%d", SQLITE_SCHEMA_VERSION);
    assert_string_equal(answer_to("PRAGMA user_version"), expected);
    assert_string_equal(answer_to("SELECT count(*) FROM sqlite_schema WHERE name = 'event_closed'"), "1");
    assert_string_equal(answer_to("SELECT group_concat(id || service || text) FROM event"), "7dbnok");
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(an_empty_file_gets_the_schema),
        FILE_TEST(a_newer_schema_is_refused_and_left_alone),
        FILE_TEST(the_database_of_another_program_is_refused_and_left_alone),
        FILE_TEST(garbage_over_the_first_page_is_said_and_nothing_is_deleted),
        FILE_TEST(a_truncated_file_is_said_and_nothing_is_deleted),
        FILE_TEST(garbage_in_the_services_is_said),
        FILE_TEST(a_file_that_another_program_locks_is_busy),
        FILE_TEST(an_operator_reads_while_we_write),
        FILE_TEST(what_is_owed_is_found_without_reading_the_history),
        FILE_TEST(what_is_recent_is_found_without_reading_the_history),
        FILE_TEST(a_notice_and_its_event_are_found_by_their_keys),
        FILE_TEST(what_is_old_is_found_without_reading_the_history),
        FILE_TEST(a_file_of_the_first_schema_is_brought_up_to_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
