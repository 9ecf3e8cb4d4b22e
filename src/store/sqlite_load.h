/* SPDX-License-Identifier: MIT */
/*
 * sqlite_load - reads everything that a start needs from the tables.
 *
 * Blocks; once, before the first write. store_record.h says what the callbacks get and in which order.
 */
#ifndef PROCJON_STORE_SQLITE_LOAD_H
#define PROCJON_STORE_SQLITE_LOAD_H

#include "base/err.h"
#include "store/sqlite_connection.h"
#include "store/store_record.h"

/* First gives to ops->default_sink what sinks owe that do not exist any more, in a transaction of its own. */
int sqlite_load_all(struct sqlite_connection *db, const struct store_load_ops *ops, void *arg,
                    struct err *err);

#endif
