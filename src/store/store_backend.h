/* SPDX-License-Identifier: MIT */
/*
 * store_backend - where the store keeps its records: the seam below the queue of writes.
 *
 * A value: a table of functions and the object that they work on. The opener of a backend fills it;
 * store_open and store_open_backend take it over and call `close` once, which frees `self`.
 *
 * All calls block and never overlap. `load` runs on the loop thread, before the first `commit`. `commit` and
 * `close` run on a thread of libuv's pool, `close` last. They must not touch the loop or the store.
 */
#ifndef PROCJON_STORE_STORE_BACKEND_H
#define PROCJON_STORE_STORE_BACKEND_H

struct err;
struct store_load_ops;
struct store_op;

struct store_backend {
    void *self;
    const char *name; /* what the records are kept in, for log lines; valid until `close` has returned */

    /*
     * Applies the writes of the list in their order, in one transaction. 0: they are durable, except those
     * whose `refusal` was set, which left no trace. Otherwise the code in `err`: nothing of the list was
     * stored, and the same writes may come again. The codes are those of store.h.
     */
    int (*commit)(void *self, struct store_op *ops, struct err *err);

    /* Calls `ops` as store_record.h says. 0, or the code in `err`. */
    int (*load)(void *self, const struct store_load_ops *ops, void *arg, struct err *err);

    /* Releases everything, `self` included. What was committed stays durable whether this works or not. */
    void (*close)(void *self);
};

#endif
