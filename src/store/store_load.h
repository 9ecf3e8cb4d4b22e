/* SPDX-License-Identifier: MIT */
/*
 * store_load_all - what the tables hold, told to who boots. Blocks; once, before the first write.
 */
#ifndef PROCJON_STORE_STORE_LOAD_H
#define PROCJON_STORE_STORE_LOAD_H

#include "base/err.h"
#include "store/store.h"
#include "store/store_sql.h"

/* First gives what sinks that are no more owed to ops->default_sink, in a transaction of its own. */
int store_load_all(struct store_sql *sql, const struct store_load_ops *ops, void *arg, struct err *err);

#endif
