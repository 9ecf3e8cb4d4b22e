/* SPDX-License-Identifier: MIT */
/*
 * store - what survives a restart of procjon: registrations, states, events, and who is owed which event.
 *
 * Embedded in the engine. Opening and loading block, before the loop runs. After that every write is
 * asynchronous: it joins a queue, and whenever the store's one job on libuv's thread pool is idle, the job
 * takes all that waits and commits it in one transaction. A batch is what came while the last commit ran; no
 * timer delays a write. Each `done` is called exactly once, on the loop thread, in the order of the queue,
 * never from inside the call that queued the write; err == NULL only if the write is durable.
 *
 * A write that fails (disk full, I/O error) fails alone or with its batch and leaves the stored records as
 * they were. `done` gets a sentence and a code: -ENOSPC, -EIO, -EROFS, -EBUSY (another program locks the
 * file), -EUCLEAN (damaged), -ESTALE (the file was moved); -EINVAL and -ENOENT blame that one write. A
 * transition, an event, a settlement and a release are kept then and tried again before the next write, in
 * their order: what people were told meanwhile becomes durable as soon as the disk works again.
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
#include "store/store_backend.h"
#include "store/store_record.h"

struct store {
    uv_loop_t *loop;
    uv_work_t work;
    bool working, closing;
    bool failing;                            /* the last batch failed */
    struct store_op *waiting, **waiting_end; /* FIFO, owned */
    struct store_op *kept, **kept_end;       /* failed, and tried again with the next batch; FIFO, owned */
    size_t kept_count;
    size_t pending; /* writes whose `done` was not called yet */
    void (*closed)(struct store *store);
    /* While `working`, the pool's thread uses these and nothing else of the store. */
    struct store_backend backend; /* owned */
    struct store_op *batch;       /* owned */
    struct err verdict;           /* on the whole batch; code 0: committed */
};

/*
 * Opens the backend in `directory`, which is made if it is absent: its records are brought up to date, and no
 * second server can open it. Blocks. On failure nothing is open, and `err` says what is wrong: the directory
 * cannot be written, is in use by another procjon, holds records of a newer version or damaged ones. Records
 * are never deleted.
 */
int store_open(struct store *store, uv_loop_t *loop, const char *directory, struct err *err);

/* The same on a backend that is open, which belongs to the store from now on. */
void store_open_backend(struct store *store, uv_loop_t *loop, const struct store_backend *backend);

/* For the restore: calls `ops` with what was stored. Blocks; before the first write. */
int store_load(struct store *store, const struct store_load_ops *ops, void *arg, struct err *err);

/* Registration: replaces texts and timeout, keeps the state. */
void store_put_service(struct store *store, const struct store_service *service, store_done_cb done,
                       void *arg);

/* A state. Refused with -ENOENT for a service that is not registered. */
void store_put_state(struct store *store, const struct store_state *state, store_done_cb done, void *arg);

/*
 * A transition, in one transaction: the state of the service, the event about it, and the decision. `notices`
 * are those of the event, and may have earlier events whose open notice this event ends: each row replaces
 * the open one of the same event and sink; rows about an event that is not stored, or that has an outcome,
 * are passed over. What an outcome says happened at the event's at_ms. An event that has no open notice left
 * gets an outcome itself: "delivered" if any sink delivered it, else that of its last row, and "no_sink" if
 * it has no notices at all. Refused as the state is, and with -EINVAL for an event id that was used. Of the
 * event, a string that is NULL is stored as "".
 */
void store_put_transition(struct store *store, const struct store_state *state, const struct event *event,
                          const struct store_notice *notices, size_t count, store_event_cb done, void *arg);

/*
 * An event that is no transition, with the decision about it. The same id again, while it has no outcome,
 * replaces its text and its open notices: for an event that is stored before its end is known.
 */
void store_put_event(struct store *store, const struct event *event, const struct store_notice *notices,
                     size_t count, store_event_cb done, void *arg);

/*
 * The sink does not owe these events any more: `outcome` says in one word why. An event whose last notice is
 * settled gets its own outcome as above. Events that the sink does not owe are passed over.
 */
void store_settle(struct store *store, const char *sink, const uint64_t *events, size_t count,
                  const char *outcome, int64_t at_ms, store_done_cb done, void *arg);

/*
 * The sink still owes these events, and nothing holds them back since `at_ms`. Events that the sink does not
 * owe are passed over.
 */
void store_release(struct store *store, const char *sink, const uint64_t *events, size_t count, int64_t at_ms,
                   store_done_cb done, void *arg);

/* The server is alive, and when these services were last seen; unknown services are passed over. */
void store_checkpoint(struct store *store, const struct store_checkpoint *checkpoint,
                      const struct store_seen *seen, size_t count, store_done_cb done, void *arg);

/*
 * Deletes events that happened before `before_ms`, the oldest first: at most STORE_PRUNE_ROWS with one call,
 * none without an outcome, and never the newest of all, whose id is the highest ever used. *pruned is their
 * number when `done` is called without an error; it must stay valid until then.
 */
void store_prune(struct store *store, int64_t before_ms, size_t *pruned, store_done_cb done, void *arg);

/* Writes that wait or are being committed. */
size_t store_pending(const struct store *store);

/* Whether the last batch failed. */
bool store_failing(const struct store *store);

/*
 * Commits what waits, closes the backend, and calls `closed` once from the loop; the store's memory may be
 * freed in it. Idempotent, legal from any `done`. A write that is queued later is committed too, or answered
 * with -ECANCELED.
 */
void store_close(struct store *store, void (*closed)(struct store *store));

#endif
