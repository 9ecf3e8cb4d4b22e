/* SPDX-License-Identifier: MIT */
/*
 * store_batch - a list of writes, made durable in one transaction.
 *
 * Synchronous, called by the worker; touches the list and the SQLite handle only.
 */
#ifndef PROCJON_STORE_STORE_BATCH_H
#define PROCJON_STORE_STORE_BATCH_H

#include "base/err.h"
#include "store/store_op.h"
#include "store/store_sql.h"

/*
 * 0: every write of the list is on disk, but those that have a `refusal` now, which left no trace. Otherwise
 * the code in `err`: nothing of the list was stored.
 */
int store_batch_commit(struct store_sql *sql, struct store_op *ops, struct err *err);

#endif
