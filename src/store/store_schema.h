/* SPDX-License-Identifier: MIT */
/*
 * store_schema - every word of SQL: the tables, as the steps that lead to them, and the statements on them.
 *
 * Step i takes a file of version i (PRAGMA user_version) to version i + 1. A step that was ever released is
 * never edited; a change is a new step at the end. Constant data.
 */
#ifndef PROCJON_STORE_STORE_SCHEMA_H
#define PROCJON_STORE_STORE_SCHEMA_H

/* Version that this program reads and writes; equals the number of steps. */
#define STORE_SCHEMA_VERSION 4

/* "PRJN", PRAGMA application_id: tells our file from any other SQLite file. */
#define STORE_SCHEMA_APPLICATION "1347570254"

extern const char *const store_schema_steps[STORE_SCHEMA_VERSION];

/*
 * WAL: one fsync per commit, and the file can be read meanwhile. The log is moved into the file at 1000 pages
 * (4 MB) and cut back to that size after a burst. 1 MB of cache holds the rows of some thousand services.
 */
extern const char store_schema_settings[];

/* What is checked row by row when the file is opened: small, and read at every boot anyway. History is not.
 */
#define STORE_SCHEMA_CHECKS 4
extern const char *const store_schema_checks[STORE_SCHEMA_CHECKS];

/* Parameters and columns are as in the text of the statement. */
enum store_statement {
    STORE_BEGIN,
    STORE_COMMIT,
    STORE_MARK,
    STORE_UNMARK,
    STORE_BACK_TO_MARK,
    STORE_FIND_SERVICE,
    STORE_ADD_SERVICE,
    STORE_CHANGE_SERVICE,
    STORE_LIST_STATUSES,
    STORE_ADD_STATUS,
    STORE_DROP_STATUSES,
    STORE_CHANGE_STATE,
    STORE_SET_SEEN,
    STORE_ADD_EVENT,
    STORE_PUT_EVENT,
    STORE_ADD_OWED,
    STORE_SETTLE_OWED,
    STORE_SETTLE_EVENT,
    STORE_PRUNE_EVENTS,
    STORE_SET_META,
    STORE_LIST_SERVICES,
    STORE_LIST_OWED,
    STORE_LIST_RECENT,
    STORE_LIST_SINKS,
    STORE_COPY_OWED,
    STORE_DROP_OWED,
    STORE_SETTLE_REST,
    STORE_GET_META,
    STORE_STATEMENTS,
};
extern const char *const store_schema_statements[STORE_STATEMENTS];

#endif
