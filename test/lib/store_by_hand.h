/* SPDX-License-Identifier: MIT */
/*
 * store_by_hand - SQL on the database of a test from another connection, as an operator runs it.
 *
 * Include after cmocka.h.
 */
#ifndef PROCJON_TEST_STORE_BY_HAND_H
#define PROCJON_TEST_STORE_BY_HAND_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static inline int by_hand_take(void *number, int columns, char **values, char **names)
{
    (void)columns, (void)names;
    *(long long *)number = strtoll(values[0], NULL, 10);
    return 0;
}

/* The first column of the last row, -1 if there is none. */
static inline long long by_hand(const char *directory, const char *text)
{
    char path[192], said[256];
    long long answer = -1;
    sqlite3 *db = NULL;
    int rc;

    (void)snprintf(path, sizeof path, "%s/procjon.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 5000); /* a server writes to the file too */
    rc = sqlite3_exec(db, text, by_hand_take, &answer, NULL);
    (void)snprintf(said, sizeof said, "%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    if (rc != SQLITE_OK)
        fail_msg("%s: %s", text, said);
    return answer;
}

#endif
