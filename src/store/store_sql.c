/* SPDX-License-Identifier: MIT */
#include "store/store_sql.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOG_MODULE "store"
#include "base/log.h"

/* Longest wait for another program (an operator's sqlite3) that locks the file; agents wait for their answer.
 */
#define BUSY_TIMEOUT_MS 2000

/* Longest answer of a PRAGMA that is looked at: the first complaint of an integrity check. */
#define HTTP_RESPONSE_MAX 160

struct store_sql {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[STORE_STATEMENTS];
};

/* Quotas and file size limits reach us as I/O errors; for an operator they are a full disk. */
static int fail_io(struct store_sql *sql, struct err *err)
{
    int number = sqlite3_system_errno(sql->db);

    if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        return err_errno(err, -ENOSPC, "'%s': the disk is full", sql->path);
    if (number != 0)
        return err_set(err, -EIO, "'%s': %s: %s", sql->path, sqlite3_errmsg(sql->db), strerror(number));
    return err_set(err, -EIO, "'%s': %s", sql->path, sqlite3_errmsg(sql->db));
}

static int fail(struct store_sql *sql, int rc, struct err *err)
{
    const char *path = sql->path, *said = sqlite3_errmsg(sql->db);

    switch (rc & 0xff) {
    case SQLITE_FULL:
        return err_set(err, -ENOSPC, "'%s': the disk is full", path);
    case SQLITE_READONLY:
        return err_set(err, -EROFS, "'%s': the file or its disk is read-only", path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, -EBUSY, "'%s': another program locks the file", path);
    case SQLITE_CORRUPT:
        return err_set(err, -EUCLEAN, "'%s' is damaged: %s", path, said);
    case SQLITE_NOTADB:
        return err_set(err, -EUCLEAN, "'%s' is damaged, or never was a database: %s", path, said);
    case SQLITE_NOMEM:
        return err_set(err, -ENOMEM, "'%s': out of memory", path);
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return err_set(err, -EINVAL, "'%s': refused: %s", path, said);
    default:
        return fail_io(sql, err);
    }
}

static int execute(struct store_sql *sql, const char *text, struct err *err)
{
    int rc = sqlite3_exec(sql->db, text, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : fail(sql, rc, err);
}

/* The first column of the first row as text; "" if there is none. */
static int ask(struct store_sql *sql, const char *question, char answer[HTTP_RESPONSE_MAX], struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(sql->db, question, -1, &statement, NULL);

    answer[0] = '\0';
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL)
        (void)snprintf(answer, HTTP_RESPONSE_MAX, "%s", (const char *)sqlite3_column_text(statement, 0));
    rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : fail(sql, rc, err);
    (void)sqlite3_finalize(statement);
    return rc;
}

/* Looks before anything is changed: a file of somebody else's, or of a newer procjon, is left as it is. */
static int identify(struct store_sql *sql, int *version, struct err *err)
{
    char answer[HTTP_RESPONSE_MAX];
    bool empty;
    int rc = ask(sql, "SELECT count(*) FROM sqlite_schema", answer, err);

    if (rc != 0)
        return rc;
    empty = strcmp(answer, "0") == 0;
    rc = ask(sql, "PRAGMA application_id", answer, err);
    if (rc != 0)
        return rc;
    if (!empty && strcmp(answer, STORE_SCHEMA_APPLICATION) != 0)
        return err_set(err, -EINVAL, "'%s' is the database of another program", sql->path);
    rc = ask(sql, "PRAGMA user_version", answer, err);
    if (rc != 0)
        return rc;
    *version = (int)strtol(answer, NULL, 10);
    if (*version < 0 || *version > STORE_SCHEMA_VERSION)
        return err_set(err, -EINVAL,
                       "'%s' was written by a newer procjon: its schema is %d, the newest known here is %d",
                       sql->path, *version, STORE_SCHEMA_VERSION);
    return 0;
}

static int migrate(struct store_sql *sql, int version, struct err *err)
{
    int rc = 0;

    for (; rc == 0 && version < STORE_SCHEMA_VERSION; version++) {
        char done[HTTP_RESPONSE_MAX];

        (void)snprintf(done, sizeof done, "PRAGMA application_id = %s; PRAGMA user_version = %d; COMMIT",
                       STORE_SCHEMA_APPLICATION, version + 1);
        rc = execute(sql, "BEGIN IMMEDIATE", err);
        if (rc == 0)
            rc = execute(sql, store_schema_steps[version], err);
        if (rc == 0)
            rc = execute(sql, done, err);
        if (rc != 0)
            store_sql_rollback(sql);
    }
    return rc;
}

static int configure(struct store_sql *sql, struct err *err)
{
    char mode[HTTP_RESPONSE_MAX];
    int rc = ask(sql, "PRAGMA journal_mode = WAL", mode, err);

    if (rc != 0)
        return rc;
    if (strcmp(mode, "wal") != 0)
        return err_set(err, -EIO, "'%s': its file system cannot share memory, which the log needs",
                       sql->path);
    return execute(sql, store_schema_settings, err);
}

/* An integrity check may say where, on a line of its own, before it says what. */
static int check(struct store_sql *sql, struct err *err)
{
    char answer[HTTP_RESPONSE_MAX], *line;

    for (size_t i = 0; i < STORE_SCHEMA_CHECKS; i++) {
        int rc = ask(sql, store_schema_checks[i], answer, err);

        if (rc != 0)
            return rc;
        line = strchr(answer, '\n');
        if (strcmp(answer, "ok") != 0)
            return err_set(err, -EUCLEAN, "'%s' is damaged: %s", sql->path, line != NULL ? line + 1 : answer);
    }
    return 0;
}

static int prepare(struct store_sql *sql, struct err *err)
{
    for (size_t i = 0; i < STORE_STATEMENTS; i++) {
        int rc = sqlite3_prepare_v3(sql->db, store_schema_statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &sql->statements[i], NULL);

        if (rc != SQLITE_OK)
            return fail(sql, rc, err);
    }
    return 0;
}

static void discard(struct store_sql *sql)
{
    int rc;

    for (size_t i = 0; i < STORE_STATEMENTS; i++)
        (void)sqlite3_finalize(sql->statements[i]);
    rc = sqlite3_close(sql->db);
    assert(rc == SQLITE_OK);
    (void)rc;
    free(sql->path);
    free(sql);
}

int store_sql_open(struct store_sql **opened, const char *path, struct err *err)
{
    struct store_sql *sql = mem_zalloc(sizeof *sql);
    int version = 0;
    int rc;

    sql->path = mem_strdup(path);
    /* No mutex of SQLite's own: the hand-over through the thread pool orders the two threads. */
    rc = sqlite3_open_v2(path, &sql->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        rc = fail(sql, rc, err);
    if (rc == 0)
        (void)sqlite3_busy_timeout(sql->db, BUSY_TIMEOUT_MS);
    if (rc == 0)
        rc = identify(sql, &version, err);
    if (rc == 0)
        rc = configure(sql, err);
    if (rc == 0)
        rc = migrate(sql, version, err);
    if (rc == 0)
        rc = check(sql, err);
    if (rc == 0)
        rc = prepare(sql, err);
    if (rc != 0) {
        discard(sql);
        return rc;
    }
    *opened = sql;
    return 0;
}

void store_sql_close(struct store_sql *sql)
{
    int rc = sqlite3_wal_checkpoint_v2(sql->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    if (rc != SQLITE_OK)
        log_warning("log stays beside the database until the next start path=%s reason=%s", sql->path,
                    sqlite3_errmsg(sql->db));
    discard(sql);
}

int store_sql_in_place(struct store_sql *sql, struct err *err)
{
    int moved = 0;

    (void)sqlite3_file_control(sql->db, NULL, SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved == 0 ? 0 : err_set(err, -ESTALE, "'%s' was moved or deleted while it was open", sql->path);
}

/* Binding fails for a wrong index only, which is a mistake in this room. */
void store_sql_bind_text(struct store_sql *sql, enum store_statement which, int index, const char *text)
{
    int rc = sqlite3_bind_text(sql->statements[which], index, text, -1, SQLITE_STATIC);

    assert(rc == SQLITE_OK);
    (void)rc;
}

void store_sql_bind_number(struct store_sql *sql, enum store_statement which, int index, int64_t number)
{
    int rc = sqlite3_bind_int64(sql->statements[which], index, number);

    assert(rc == SQLITE_OK);
    (void)rc;
}

void store_sql_bind_null(struct store_sql *sql, enum store_statement which, int index)
{
    int rc = sqlite3_bind_null(sql->statements[which], index);

    assert(rc == SQLITE_OK);
    (void)rc;
}

int store_sql_step(struct store_sql *sql, enum store_statement which, struct err *err)
{
    int rc = sqlite3_step(sql->statements[which]);

    if (rc == SQLITE_ROW)
        return 1;
    rc = rc == SQLITE_DONE ? 0 : fail(sql, rc, err);
    (void)sqlite3_reset(sql->statements[which]);
    return rc;
}

void store_sql_reset(struct store_sql *sql, enum store_statement which)
{
    (void)sqlite3_reset(sql->statements[which]);
}

const char *store_sql_text(struct store_sql *sql, enum store_statement which, int column)
{
    const unsigned char *text = sqlite3_column_text(sql->statements[which], column);

    return text != NULL ? (const char *)text : "";
}

int64_t store_sql_number(struct store_sql *sql, enum store_statement which, int column)
{
    return sqlite3_column_int64(sql->statements[which], column);
}

bool store_sql_is_null(struct store_sql *sql, enum store_statement which, int column)
{
    return sqlite3_column_type(sql->statements[which], column) == SQLITE_NULL;
}

int store_sql_changes(struct store_sql *sql)
{
    return sqlite3_changes(sql->db);
}

int64_t store_sql_last_row(struct store_sql *sql)
{
    return sqlite3_last_insert_rowid(sql->db);
}

/* A rollback that fails leaves SQLite to recover from its log at the next lock: no more can be done here. */
void store_sql_rollback(struct store_sql *sql)
{
    if (sqlite3_get_autocommit(sql->db) == 0)
        (void)sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
}

const char *store_sql_path(const struct store_sql *sql)
{
    return sql->path;
}
