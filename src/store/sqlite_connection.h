/* SPDX-License-Identifier: MIT */
/*
 * sqlite_connection - the connection to the SQLite file: the only file that includes sqlite3.h.
 *
 * It opens, checks and migrates the file, keeps the statements of sqlite_schema prepared, and converts
 * SQLite's result codes. Every call blocks. One thread at a time uses it: the loop thread before the first
 * write, then a thread of libuv's pool. Heap; sqlite_connection_close frees it. When SQL_COMMIT has stepped
 * to 0, the transaction is fsynced.
 *
 * Codes: -ENOSPC disk full, -EIO, -EUCLEAN damaged, -EROFS, -EBUSY locked by another program, -ENOMEM, and
 * -EINVAL for a constraint. After a statement that failed the caller calls sqlite_connection_rollback.
 */
#ifndef PROCJON_STORE_SQLITE_CONNECTION_H
#define PROCJON_STORE_SQLITE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/sqlite_schema.h"

struct sqlite_connection;

/*
 * Opens the file, which exists and may be empty: recovers from a crash, updates the schema, checks the small
 * tables. On failure nothing is open and nothing was deleted.
 */
int sqlite_connection_open(struct sqlite_connection **opened, const char *path, struct err *err);

/* Copies the write-ahead log into the file, closes, frees. If the copy fails, the log stays beside the file.
 */
void sqlite_connection_close(struct sqlite_connection *db);

/*
 * 0: the path still leads to the open file. -ESTALE: the file was moved or deleted, and the next start would
 * not find what is written to it now.
 */
int sqlite_connection_in_place(struct sqlite_connection *db, struct err *err);

/* A text is not copied: it must stay valid until the statement has stepped. */
void sqlite_connection_bind_text(struct sqlite_connection *db, enum sqlite_statement which, int index,
                                 const char *text);
void sqlite_connection_bind_number(struct sqlite_connection *db, enum sqlite_statement which, int index,
                                   int64_t number);
void sqlite_connection_bind_null(struct sqlite_connection *db, enum sqlite_statement which, int index);

/* 1: there is a row; step on until 0, or reset. 0: done, and reset. Otherwise the code, and reset. */
int sqlite_connection_step(struct sqlite_connection *db, enum sqlite_statement which, struct err *err);
void sqlite_connection_reset(struct sqlite_connection *db, enum sqlite_statement which);

/* A column of the current row. A text is never NULL and valid until the next step or reset. */
const char *sqlite_connection_text(struct sqlite_connection *db, enum sqlite_statement which, int column);
int64_t sqlite_connection_number(struct sqlite_connection *db, enum sqlite_statement which, int column);
bool sqlite_connection_is_null(struct sqlite_connection *db, enum sqlite_statement which, int column);

/* Rows that the last INSERT, UPDATE or DELETE changed, and the row id that the last INSERT added. */
int sqlite_connection_changes(struct sqlite_connection *db);
int64_t sqlite_connection_last_row(struct sqlite_connection *db);

/* Ends a transaction that failed; no-op when SQLite has ended it already. */
void sqlite_connection_rollback(struct sqlite_connection *db);

/* Of the file; valid until the close. */
const char *sqlite_connection_path(const struct sqlite_connection *db);

#endif
