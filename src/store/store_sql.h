/* SPDX-License-Identifier: MIT */
/*
 * store_sql - the SQLite connection: the only place that knows SQLite.
 *
 * It opens, checks and migrates the file, keeps the statements of store_schema prepared, and turns SQLite's
 * result codes into ours. One thread at a time uses it: the loop's before the first write, the worker's after
 * it. Every call blocks. When STORE_COMMIT has stepped to 0 the data is fsynced.
 *
 * Codes: -ENOSPC disk full, -EIO, -EUCLEAN damaged, -EROFS, -EBUSY locked by another program, -ENOMEM, and
 * -EINVAL for a constraint. A statement that fails leaves the transaction to store_sql_rollback.
 */
#ifndef PROCJON_STORE_STORE_SQL_H
#define PROCJON_STORE_STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store_schema.h"

struct store_sql;

/*
 * Opens the file, which exists and may be empty; recovers what a crash left, checks it, updates its schema.
 * On failure nothing is open and nothing was deleted.
 */
int store_sql_open(struct store_sql **opened, const char *path, struct err *err);

/* Moves the write-ahead log into the file, closes, frees. What cannot be moved stays safe in the log. */
void store_sql_close(struct store_sql *sql);

/*
 * 0: the path still leads to the file that was opened. -ESTALE: somebody moved or deleted it, and what is
 * written now would be found by nobody.
 */
int store_sql_in_place(struct store_sql *sql, struct err *err);

/* Texts are not copied: they must live until the statement was stepped. */
void store_sql_bind_text(struct store_sql *sql, enum store_statement which, int index, const char *text);
void store_sql_bind_number(struct store_sql *sql, enum store_statement which, int index, int64_t number);
void store_sql_bind_null(struct store_sql *sql, enum store_statement which, int index);

/* 1: there is a row, and store_sql_reset or further steps are owed; 0: done, and reset; else the code, and
 * reset. */
int store_sql_step(struct store_sql *sql, enum store_statement which, struct err *err);
void store_sql_reset(struct store_sql *sql, enum store_statement which);

/* Column of the row stepped to. A text is never NULL and lives until the next step or reset. */
const char *store_sql_text(struct store_sql *sql, enum store_statement which, int column);
int64_t store_sql_number(struct store_sql *sql, enum store_statement which, int column);
bool store_sql_is_null(struct store_sql *sql, enum store_statement which, int column);

/* Rows changed, and the row id added, by the last statement that did. */
int store_sql_changes(struct store_sql *sql);
int64_t store_sql_last_row(struct store_sql *sql);

/* Ends a transaction that failed; nothing happens when SQLite ended it already. */
void store_sql_rollback(struct store_sql *sql);

/* For the sentences of others. */
const char *store_sql_path(const struct store_sql *sql);

#endif
