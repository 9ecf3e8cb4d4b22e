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
#include "store/store_sql.h"

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

/* As an operator would, from another connection. */
static void by_hand(const char *text)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
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
    sqlite3 *db = NULL;

    last[0] = '\0';
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, question, collect, last, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return last;
}

static int match(void *wanted, int columns, char **values, char **names)
{
    (void)names;
    return strstr(values[columns - 1], wanted) != NULL; /* not 0: enough */
}

/* Whether the last column of any row has these words. */
static bool said_by(const char *question, const char *words)
{
    char copy[128];
    sqlite3 *db = NULL;
    int rc;

    (void)snprintf(copy, sizeof copy, "%s", words);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    rc = sqlite3_exec(db, question, match, copy, NULL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_true(rc == SQLITE_OK || rc == SQLITE_ABORT);
    return rc == SQLITE_ABORT;
}

static void fill(int events)
{
    struct store_sql *sql;
    struct err err;

    assert_int_equal(store_sql_open(&sql, path, &err), 0);
    assert_int_equal(store_sql_step(sql, STORE_BEGIN, &err), 0);
    for (int i = 1; i <= events; i++) {
        store_sql_bind_number(sql, STORE_ADD_EVENT, 1, i);
        for (int column = 2; column <= 8; column++) {
            if (column == 2 || column == 5 || column == 6)
                store_sql_bind_text(sql, STORE_ADD_EVENT, column, "some text of an event");
            else
                store_sql_bind_number(sql, STORE_ADD_EVENT, column, column);
        }
        assert_int_equal(store_sql_step(sql, STORE_ADD_EVENT, &err), 0);
    }
    assert_int_equal(store_sql_step(sql, STORE_COMMIT, &err), 0);
    store_sql_close(sql);
}

static void refused(int code, const char *words)
{
    struct store_sql *sql = NULL;
    struct err err = {0};

    assert_int_equal(store_sql_open(&sql, path, &err), code);
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
    by_hand("SELECT id, service, kind, severity, text, previous, at_ms, since_ms, outcome, outcome_ms FROM "
            "event");
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
    struct store_sql *sql;
    sqlite3 *db = NULL;
    struct err err;

    (void)state;
    assert_int_equal(store_sql_open(&sql, path, &err), 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_sql_step(sql, STORE_BEGIN, &err), -EBUSY);
    assert_non_null(strstr(err.msg, "another program locks the file"));
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_sql_step(sql, STORE_BEGIN, &err), 0);
    store_sql_rollback(sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    store_sql_close(sql);
}

static void an_operator_reads_while_we_write(void **state)
{
    struct store_sql *sql;
    struct err err;

    (void)state;
    assert_int_equal(store_sql_open(&sql, path, &err), 0);
    assert_int_equal(store_sql_step(sql, STORE_BEGIN, &err), 0);
    by_hand("SELECT * FROM event");
    assert_int_equal(store_sql_step(sql, STORE_COMMIT, &err), 0);
    store_sql_close(sql);
}

static void what_is_owed_is_found_without_reading_the_history(void **state)
{
    char question[512];

    (void)state;
    fill(0);
    (void)snprintf(question, sizeof question, "EXPLAIN QUERY PLAN %s",
                   store_schema_statements[STORE_LIST_OWED]);
    assert_true(said_by(question, "SCAN notice USING INDEX notice_open"));
    assert_true(said_by(question, "SEARCH event USING INTEGER PRIMARY KEY"));
    assert_false(said_by(question, "TEMP B-TREE"));
}

static void what_is_old_is_found_without_reading_the_history(void **state)
{
    char question[512];

    (void)state;
    fill(0);
    (void)snprintf(question, sizeof question, "EXPLAIN QUERY PLAN %s",
                   store_schema_statements[STORE_PRUNE_EVENTS]);
    assert_true(said_by(question, "SEARCH event USING INDEX event_closed (at_ms<?)"));
    assert_false(said_by(question, "SCAN"));
    assert_false(said_by(question, "TEMP B-TREE"));
}

static void a_file_of_the_first_schema_is_brought_up_to_date(void **state)
{
    char expected[16];

    (void)state;
    by_hand(store_schema_steps[0]);
    by_hand("PRAGMA application_id = " STORE_SCHEMA_APPLICATION "; PRAGMA user_version = 1;"
            "INSERT INTO event VALUES (7, 'db', 0, 0, 'nok', 'ok', 60, 50, 'delivered', 61)");
    fill(0);
    (void)snprintf(expected, sizeof expected, "%d", STORE_SCHEMA_VERSION);
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
        FILE_TEST(what_is_old_is_found_without_reading_the_history),
        FILE_TEST(a_file_of_the_first_schema_is_brought_up_to_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
