/* SPDX-License-Identifier: MIT */
#include "store/sqlite_connection.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOG_MODULE "store"
#include "base/log.h"

/* Longest wait for another program (an operator's sqlite3) that locks the file: all writes wait with it. */
#define BUSY_TIMEOUT_MS 2000

/* Longest answer to a PRAGMA that is read: the first complaint of an integrity check. */
#define ANSWER_MAX 160

struct sqlite_connection {
    sqlite3 *handle;
    char *path;
    sqlite3_stmt *statements[SQL_STATEMENTS];
};

/* SQLite reports a quota and a file size limit as I/O errors; to the operator they are a full disk. */
static int fail_io(struct sqlite_connection *db, struct err *err)
{
    int number = sqlite3_system_errno(db->handle);

    if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        return err_errno(err, -ENOSPC, "'%s': the disk is full", db->path);
    if (number != 0)
        return err_set(err, -EIO, "'%s': %s: %s", db->path, sqlite3_errmsg(db->handle), strerror(number));
    return err_set(err, -EIO, "'%s': %s", db->path, sqlite3_errmsg(db->handle));
}

static int fail(struct sqlite_connection *db, int rc, struct err *err)
{
    const char *path = db->path, *said = sqlite3_errmsg(db->handle);

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
        return fail_io(db, err);
    }
}

static int execute(struct sqlite_connection *db, const char *text, struct err *err)
{
    int rc = sqlite3_exec(db->handle, text, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

/* The first column of the first row as text; "" if there is none. */
static int ask(struct sqlite_connection *db, const char *question, char answer[ANSWER_MAX], struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db->handle, question, -1, &statement, NULL);

    answer[0] = '\0';
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL)
        (void)snprintf(answer, ANSWER_MAX, "%s", (const char *)sqlite3_column_text(statement, 0));
    rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : fail(db, rc, err);
    (void)sqlite3_finalize(statement);
    return rc;
}

/* Only reads, so that a file of another program or of a newer procjon stays as it is. */
static int identify(struct sqlite_connection *db, int *version, struct err *err)
{
    char answer[ANSWER_MAX];
    bool empty;
    int rc = ask(db, "SELECT count(*) FROM sqlite_schema", answer, err);

    if (rc != 0)
        return rc;
    empty = strcmp(answer, "0") == 0;
    rc = ask(db, "PRAGMA application_id", answer, err);
    if (rc != 0)
        return rc;
    if (!empty && strcmp(answer, SQLITE_SCHEMA_APPLICATION) != 0)
        return err_set(err, -EINVAL, "'%s' is the database of another program", db->path);
    rc = ask(db, "PRAGMA user_version", answer, err);
    if (rc != 0)
        return rc;
    *version = (int)strtol(answer, NULL, 10);
    if (*version < 0 || *version > SQLITE_SCHEMA_VERSION)
        return err_set(err, -EINVAL,
                       "'%s' was written by a newer procjon: its schema is %d, the newest known here is %d",
                       db->path, *version, SQLITE_SCHEMA_VERSION);
    return 0;
}

static int migrate(struct sqlite_connection *db, int version, struct err *err)
{
    int rc = 0;

    for (; rc == 0 && version < SQLITE_SCHEMA_VERSION; version++) {
        char done[ANSWER_MAX];

        (void)snprintf(done, sizeof done, "PRAGMA application_id = %s; PRAGMA user_version = %d; COMMIT",
                       SQLITE_SCHEMA_APPLICATION, version + 1);
        rc = execute(db, "BEGIN IMMEDIATE", err);
        if (rc == 0)
            rc = execute(db, sqlite_schema_steps[version], err);
        if (rc == 0)
            rc = execute(db, done, err);
        if (rc != 0)
            sqlite_connection_rollback(db);
    }
    return rc;
}

static int configure(struct sqlite_connection *db, struct err *err)
{
    char mode[ANSWER_MAX];
    int rc = ask(db, "PRAGMA journal_mode = WAL", mode, err);

    if (rc != 0)
        return rc;
    if (strcmp(mode, "wal") != 0)
        return err_set(err, -EIO, "'%s': its file system cannot share memory, which the log needs", db->path);
    return execute(db, sqlite_schema_settings, err);
}

/* A complaint may begin with a line that says where; what is wrong is on the second line then. */
static int check(struct sqlite_connection *db, struct err *err)
{
    char answer[ANSWER_MAX], *line;

    for (size_t i = 0; i < SQLITE_SCHEMA_CHECKS; i++) {
        int rc = ask(db, sqlite_schema_checks[i], answer, err);

        if (rc != 0)
            return rc;
        line = strchr(answer, '\n');
        if (strcmp(answer, "ok") != 0)
            return err_set(err, -EUCLEAN, "'%s' is damaged: %s", db->path, line != NULL ? line + 1 : answer);
    }
    return 0;
}

static int prepare(struct sqlite_connection *db, struct err *err)
{
    for (size_t i = 0; i < SQL_STATEMENTS; i++) {
        int rc = sqlite3_prepare_v3(db->handle, sqlite_schema_statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &db->statements[i], NULL);

        if (rc != SQLITE_OK)
            return fail(db, rc, err);
    }
    return 0;
}

static void discard(struct sqlite_connection *db)
{
    int rc;

    for (size_t i = 0; i < SQL_STATEMENTS; i++)
        (void)sqlite3_finalize(db->statements[i]);
    rc = sqlite3_close(db->handle);
    assert(rc == SQLITE_OK);
    (void)rc;
    free(db->path);
    free(db);
}

int sqlite_connection_open(struct sqlite_connection **opened, const char *path, struct err *err)
{
    struct sqlite_connection *db = mem_zalloc(sizeof *db);
    int version = 0;
    int rc;

    db->path = mem_strdup(path);
    /* No mutex of SQLite: the loop thread and the pool's thread use the connection in turn. */
    rc = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        rc = fail(db, rc, err);
    if (rc == 0)
        (void)sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    if (rc == 0)
        rc = identify(db, &version, err);
    if (rc == 0)
        rc = configure(db, err);
    if (rc == 0)
        rc = migrate(db, version, err);
    if (rc == 0)
        rc = check(db, err);
    if (rc == 0)
        rc = prepare(db, err);
    if (rc != 0) {
        discard(db);
        return rc;
    }
    *opened = db;
    return 0;
}

void sqlite_connection_close(struct sqlite_connection *db)
{
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    if (rc != SQLITE_OK)
        log_warning("write-ahead log not copied, the next start does it path=%s reason=%s", db->path,
                    sqlite3_errmsg(db->handle));
    discard(db);
}

int sqlite_connection_in_place(struct sqlite_connection *db, struct err *err)
{
    int moved = 0;

    (void)sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved == 0 ? 0 : err_set(err, -ESTALE, "'%s' was moved or deleted while it was open", db->path);
}

/* Binding fails only for a wrong index, which is a mistake in sqlite_backend or sqlite_load. */
void sqlite_connection_bind_text(struct sqlite_connection *db, enum sqlite_statement which, int index,
                                 const char *text)
{
    int rc = sqlite3_bind_text(db->statements[which], index, text, -1, SQLITE_STATIC);

    assert(rc == SQLITE_OK);
    (void)rc;
}

void sqlite_connection_bind_number(struct sqlite_connection *db, enum sqlite_statement which, int index,
                                   int64_t number)
{
    int rc = sqlite3_bind_int64(db->statements[which], index, number);

    assert(rc == SQLITE_OK);
    (void)rc;
}

void sqlite_connection_bind_null(struct sqlite_connection *db, enum sqlite_statement which, int index)
{
    int rc = sqlite3_bind_null(db->statements[which], index);

    assert(rc == SQLITE_OK);
    (void)rc;
}

int sqlite_connection_step(struct sqlite_connection *db, enum sqlite_statement which, struct err *err)
{
    int rc = sqlite3_step(db->statements[which]);

    if (rc == SQLITE_ROW)
        return 1;
    rc = rc == SQLITE_DONE ? 0 : fail(db, rc, err);
    (void)sqlite3_reset(db->statements[which]);
    return rc;
}

void sqlite_connection_reset(struct sqlite_connection *db, enum sqlite_statement which)
{
    (void)sqlite3_reset(db->statements[which]);
}

const char *sqlite_connection_text(struct sqlite_connection *db, enum sqlite_statement which, int column)
{
    const unsigned char *text = sqlite3_column_text(db->statements[which], column);

    return text != NULL ? (const char *)text : "";
}

int64_t sqlite_connection_number(struct sqlite_connection *db, enum sqlite_statement which, int column)
{
    return sqlite3_column_int64(db->statements[which], column);
}

bool sqlite_connection_is_null(struct sqlite_connection *db, enum sqlite_statement which, int column)
{
    return sqlite3_column_type(db->statements[which], column) == SQLITE_NULL;
}

int sqlite_connection_changes(struct sqlite_connection *db)
{
    return sqlite3_changes(db->handle);
}

int64_t sqlite_connection_last_row(struct sqlite_connection *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

/* When the rollback fails, SQLite recovers from its log at the next lock. */
void sqlite_connection_rollback(struct sqlite_connection *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0)
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

const char *sqlite_connection_path(const struct sqlite_connection *db)
{
    return db->path;
}
