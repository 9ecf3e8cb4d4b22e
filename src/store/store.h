/* SPDX-License-Identifier: MIT */
/*
 * store - what procjon must not forget, in one SQLite file, off the loop.
 *
 * Embedded in the engine. Opening and loading are synchronous, before the loop runs. After that every write
 * is asynchronous: it is queued in order, and whenever the one worker on libuv's thread pool is free it takes
 * all that waits and commits it as one transaction (WAL, synchronous=FULL): batches are made by waiting,
 * never by a timer. Each write's `done` is called exactly once, on the loop, in queue order, never from
 * inside the call that queued it, with err == NULL only if the data is fsynced.
 *
 * A write that fails (disk full, I/O error) fails alone or with its batch, and leaves what was stored as it
 * was. A transition, an event and a settlement are kept then, and tried again with the next write, before it:
 * what people were told meanwhile is on the disk as soon as that works. `done` gets a sentence and one of
 * -ENOSPC, -EIO, -EROFS, -EBUSY (another program locks the file), -EUCLEAN (damaged); -EINVAL and -ENOENT
 * blame that one write.
 *
 * Loop thread only. All pointers given in are copied before the call returns. Times are wall clock,
 * milliseconds since 1970.
 */
#ifndef PROCJON_STORE_STORE_H
#define PROCJON_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "store/store_record.h"

/* Events that one store_prune takes: the writes that wait behind it are late by a few milliseconds at most.
 */
#define STORE_PRUNE_ROWS 500

/* err is NULL on success and valid during the call only. */
typedef void (*store_done_cb)(void *arg, const struct err *err);

/* The same, with the store's copy of the event; it is valid during the call, whatever became of it on the
 * disk. */
typedef void (*store_event_cb)(void *arg, const struct event *event, const struct err *err);

struct store_sql; /* the synchronous half, store_sql.h */
struct store_op;  /* a write, store_op.h */

struct store {
    uv_loop_t *loop;
    int claim; /* descriptor that keeps a second server out of the directory */
    uv_work_t work;
    bool working, closing;
    bool failing;                            /* the last batch did */
    struct store_op *waiting, **waiting_end; /* FIFO, owned */
    struct store_op *kept, **kept_end;       /* failed, and to be tried again; FIFO, owned */
    size_t kept_count;
    size_t pending; /* writes not answered yet */
    void (*closed)(struct store *store);
    /* While `working` these are the worker's, and it touches nothing else. */
    struct store_sql *sql;  /* owned */
    struct store_op *batch; /* owned */
    struct err verdict;     /* on the whole batch; code 0: committed */
};

/*
 * Opens or creates DIR/procjon.db, brings its schema up to date, and takes the lock that keeps a second
 * server out. Blocks. On failure nothing is open. Says with `err` what is wrong: directory not writable, in
 * use by another procjon, written by a newer version, damaged. Nothing is ever deleted.
 */
int store_open(struct store *store, uv_loop_t *loop, const char *directory, struct err *err);

/* What was stored, for the boot; blocking, before the first write. Pointers are valid during the call. */
struct store_load_ops {
    void (*service)(void *arg, const struct store_service *service, const struct store_state *state);
    /* Messages not delivered yet, by event, oldest first: once for each sink that owes it, which is `sinks`.
     */
    void (*owed)(void *arg, const struct event *event);
    /* What happened less than `recent_ms` before the last alive stamp, oldest first; `sinks` has the spared
     * ones too. NULL: not wanted. */
    void (*recent)(void *arg, const struct event *event);
    int64_t recent_ms;
    /* Once, first: the last alive stamp (all zero: never) and the highest event id ever used. */
    void (*meta)(void *arg, const struct store_checkpoint *last, uint64_t last_event);
    /* Whether there still is such a sink: what another one owed, `default_sink` owes from now on. */
    bool (*is_sink)(void *arg, const char *name);
    const char *default_sink;
};
int store_load(struct store *store, const struct store_load_ops *ops, void *arg, struct err *err);

/* Registration: replaces texts and timeout, keeps the state. */
void store_put_service(struct store *store, const struct store_service *service, store_done_cb done,
                       void *arg);

/* A state. Refused with -ENOENT for a service that is not registered. */
void store_put_state(struct store *store, const struct store_state *state, store_done_cb done, void *arg);

/*
 * A transition: the state that it led to and the message that it owes, in one transaction. Refused as the
 * state is, and with -EINVAL for an event id that was used. Of the event a string that is NULL is kept as "".
 */
void store_put_transition(struct store *store, const struct store_state *state, const struct event *event,
                          store_event_cb done, void *arg);

/*
 * An event that is no transition, kept and owed as every other. The same id again, while it is still owed,
 * replaces its text: for what is worth a word before its end is known.
 */
void store_put_event(struct store *store, const struct event *event, store_event_cb done, void *arg);

/*
 * The sink has delivered the messages of these events (or owes them no more): `outcome` says which in one
 * word. Events that it does not owe are passed over.
 */
void store_settle(struct store *store, const char *sink, const uint64_t *events, size_t count,
                  const char *outcome, int64_t at_ms, store_done_cb done, void *arg);

/* The alive stamp, and when these services were last seen; unknown services are passed over. */
void store_checkpoint(struct store *store, const struct store_checkpoint *stamp,
                      const struct store_seen *seen, size_t count, store_done_cb done, void *arg);

/*
 * Forgets events that happened before `before_ms`, the oldest first: at most STORE_PRUNE_ROWS with one call,
 * none whose message is still owed, and never the newest of all, whose id is the highest ever used. How many
 * went is in *pruned when `done` is called without an error; until `done` it must stay.
 */
void store_prune(struct store *store, int64_t before_ms, size_t *pruned, store_done_cb done, void *arg);

/* Writes that wait or are being committed. */
size_t store_pending(const struct store *store);

/* Whether the last batch failed. */
bool store_failing(const struct store *store);

/*
 * Commits what waits, checkpoints, closes; `closed` is called once from the loop, and the memory may go then.
 * Idempotent, legal from any `done`. A write that is queued later is committed too, or answered with
 * -ECANCELED.
 */
void store_close(struct store *store, void (*closed)(struct store *store));

#endif
