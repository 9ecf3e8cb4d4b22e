/* SPDX-License-Identifier: MIT */
/*
 * sqlite_rows - writes the records of the store to their tables.
 *
 * Each call blocks, belongs into a transaction of the caller, and means what its namesake in store.h says. A
 * code for which sqlite_rows_refused is true is about this write alone. Any other one is about the file: the
 * caller rolls the whole transaction back.
 */
#ifndef PROCJON_STORE_SQLITE_ROWS_H
#define PROCJON_STORE_SQLITE_ROWS_H

#include <stdbool.h>

#include "base/err.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

/* The statuses are sorted by code. */
int sqlite_rows_put_service(struct sqlite_connection *db, const struct store_service *service,
                            struct err *err);
int sqlite_rows_put_state(struct sqlite_connection *db, const struct store_state *state, struct err *err);
int sqlite_rows_put_transition(struct sqlite_connection *db, const struct store_state *state,
                               const struct event *event, const struct store_notice *notices, size_t count,
                               struct err *err);
int sqlite_rows_put_event(struct sqlite_connection *db, const struct event *event,
                          const struct store_notice *notices, size_t count, struct err *err);
int sqlite_rows_settle(struct sqlite_connection *db, const char *sink, const uint64_t *events, size_t count,
                       const char *outcome, int64_t at_ms, struct err *err);
int sqlite_rows_release(struct sqlite_connection *db, const char *sink, const uint64_t *events, size_t count,
                        int64_t at_ms, struct err *err);
int sqlite_rows_checkpoint(struct sqlite_connection *db, const struct store_checkpoint *checkpoint,
                           const struct store_seen *seen, size_t count, struct err *err);
int sqlite_rows_prune(struct sqlite_connection *db, int64_t before_ms, size_t *pruned, struct err *err);

/* -EINVAL: a constraint; -ENOENT: no such service. */
bool sqlite_rows_refused(int code);

#endif
