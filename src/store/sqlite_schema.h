/* SPDX-License-Identifier: MIT */
/*
 * sqlite_schema - all SQL of the store: the tables, as the steps that lead to them, and the statements.
 *
 * Step i takes a file of version i (PRAGMA user_version) to version i + 1. A step that was released is never
 * edited; a change is a new step at the end. Constant data.
 */
#ifndef PROCJON_STORE_SQLITE_SCHEMA_H
#define PROCJON_STORE_SQLITE_SCHEMA_H

/* Version that this program reads and writes; equals the number of steps. */
#define SQLITE_SCHEMA_VERSION 4

/* "PRJN", PRAGMA application_id: tells our file from any other SQLite file. */
#define SQLITE_SCHEMA_APPLICATION "1347570254"

extern const char *const sqlite_schema_steps[SQLITE_SCHEMA_VERSION];

/*
 * WAL: one fsync per commit, and other programs can read the file meanwhile. The log is copied into the file
 * at 1000 pages (4 MB) and cut back to that size after a burst. 1 MB of cache holds the rows of some thousand
 * services.
 */
extern const char sqlite_schema_settings[];

/* Small tables, which a start reads anyway, are checked row by row. To check `event` and `notice` would read
 * the whole history. */
#define SQLITE_SCHEMA_CHECKS 4
extern const char *const sqlite_schema_checks[SQLITE_SCHEMA_CHECKS];

/* Parameters and columns are numbered as in the text of the statement. */
enum sqlite_statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_MARK,
    SQL_UNMARK,
    SQL_BACK_TO_MARK,
    SQL_FIND_SERVICE,
    SQL_ADD_SERVICE,
    SQL_CHANGE_SERVICE,
    SQL_LIST_STATUSES,
    SQL_ADD_STATUS,
    SQL_DROP_STATUSES,
    SQL_CHANGE_STATE,
    SQL_SET_SEEN,
    SQL_ADD_EVENT,
    SQL_PUT_EVENT,
    SQL_ADD_NOTICE,
    SQL_PUT_NOTICE,
    SQL_SETTLE_NOTICE,
    SQL_RELEASE_NOTICE,
    SQL_CLOSE_EVENT,
    SQL_PRUNE_EVENTS,
    SQL_SET_META,
    SQL_LIST_SERVICES,
    SQL_LIST_OWED,
    SQL_LIST_RECENT,
    SQL_LIST_NOTICES,
    SQL_LIST_SINKS,
    SQL_COPY_OWED,
    SQL_DROP_OWED,
    SQL_CLOSE_EVENTS,
    SQL_GET_META,
    SQL_STATEMENTS,
};
extern const char *const sqlite_schema_statements[SQL_STATEMENTS];

#endif
