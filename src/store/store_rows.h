/* SPDX-License-Identifier: MIT */
/*
 * store_rows - what the store keeps, written to its tables.
 *
 * They belong into a transaction (store_batch opens it), mean what their namesakes in store.h
 * say, and block. A code that store_rows_refused says yes to blames the write itself, every other one the
 * file: then the whole transaction is to be rolled back.
 */
#ifndef PROCJON_STORE_STORE_ROWS_H
#define PROCJON_STORE_STORE_ROWS_H

#include <stdbool.h>

#include "base/err.h"
#include "store/store.h"
#include "store/store_sql.h"

/* The statuses are sorted by code. */
int store_rows_put_service(struct store_sql *sql, const struct store_service *service, struct err *err);
int store_rows_put_state(struct store_sql *sql, const struct store_state *state, struct err *err);
int store_rows_put_transition(struct store_sql *sql, const struct store_state *state,
                              const struct event *event, struct err *err);
int store_rows_put_event(struct store_sql *sql, const struct event *event, struct err *err);
int store_rows_settle(struct store_sql *sql, const char *sink, const uint64_t *events, size_t count,
                      const char *outcome, int64_t at_ms, struct err *err);
int store_rows_checkpoint(struct store_sql *sql, const struct store_checkpoint *stamp,
                          const struct store_seen *seen, size_t count, struct err *err);
int store_rows_prune(struct store_sql *sql, int64_t before_ms, size_t *pruned, struct err *err);

/* -EINVAL: a constraint; -ENOENT: no such service. */
bool store_rows_refused(int code);

#endif
