/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <assert.h>
#include <errno.h>

#include "base/mem.h"
#include "base/uvx.h"
#include "store/sqlite_backend.h"
#include "store/store_op.h"

#define LOG_MODULE "store"
#include "base/log.h"

/* Records that one transaction changes: 10000 transitions take three commits, and no commit takes seconds. */
#define BATCH_ROWS_MAX 16384

/* Failed writes that are kept: a few megabytes, and days of a full disk. */
#define KEPT_MAX 10000

/* The backend is chosen here and nowhere else. */
int store_open(struct store *store, uv_loop_t *loop, const char *directory, struct err *err)
{
    struct store_backend backend;
    int rc = sqlite_backend_open(&backend, directory, err);

    if (rc == 0)
        store_open_backend(store, loop, &backend);
    return rc;
}

void store_open_backend(struct store *store, uv_loop_t *loop, const struct store_backend *backend)
{
    *store = (struct store){.loop = loop, .backend = *backend};
    store->waiting_end = &store->waiting;
    store->kept_end = &store->kept;
}

int store_load(struct store *store, const struct store_load_ops *ops, void *arg, struct err *err)
{
    assert(store->pending == 0);
    return store->backend.load(store->backend.self, ops, arg, err);
}

/* Kept writes precede all that came later, so that writes stay in the order in which they were made. */
static void requeue_kept(struct store *store)
{
    if (store->kept == NULL)
        return;
    *store->kept_end = store->waiting;
    if (store->waiting == NULL)
        store->waiting_end = store->kept_end;
    store->waiting = store->kept;
    store->kept = NULL;
    store->kept_end = &store->kept;
    store->kept_count = 0;
}

/* Moves the head of the queue to `batch`: at least one write, at most BATCH_ROWS_MAX records. */
static void take(struct store *store)
{
    struct store_op **end = &store->waiting;
    size_t rows = 0;

    requeue_kept(store);
    while (*end != NULL && (rows == 0 || rows + (*end)->rows <= BATCH_ROWS_MAX)) {
        rows += (*end)->rows;
        end = &(*end)->next;
    }
    store->batch = store->waiting;
    store->waiting = *end;
    if (store->waiting == NULL)
        store->waiting_end = &store->waiting;
    *end = NULL;
}

/* On a thread of the pool. Without a batch the store is closing. */
static void work(uv_work_t *request)
{
    struct store *store = container_of(request, struct store, work);
    struct store_backend *backend = &store->backend;

    if (store->batch == NULL)
        backend->close(backend->self);
    else if (backend->commit(backend->self, store->batch, &store->verdict) == 0)
        store->verdict.code = 0;
}

/* One line when commits begin to fail, and one when they work again. */
static void report(struct store *store)
{
    bool failed = store->verdict.code != 0;

    if (failed && !store->failing)
        log_error("writes fail: %s", store->verdict.msg);
    else if (!failed && store->failing)
        log_info("writes work again path=%s", store->backend.name);
    store->failing = failed;
}

static void tell(struct store *store, struct store_op *op, const struct err *err)
{
    const struct event *event = store_op_event(op);

    if (op->answered)
        return; /* its `done` was called when it failed for the first time */
    op->answered = true;
    store->pending--;
    if (err == NULL)
        err = op->refusal;
    if (event != NULL)
        op->event_done(op->arg, event, err);
    else
        op->done(op->arg, err);
}

/*
 * Kept are the writes that their maker does not repeat: events, settlements, releases. An agent registers
 * again, a later checkpoint replaces this one, and a state without an event is saved again.
 */
static bool keeps(const struct store *store, const struct store_op *op, const struct err *err)
{
    bool history = store_op_event(op) != NULL || op->kind == STORE_OP_SETTLE || op->kind == STORE_OP_RELEASE;
    bool last_try = store->closing && op->answered;

    return err != NULL && err->code != -ECANCELED && history && !last_try && store->kept_count < KEPT_MAX;
}

static void keep(struct store *store, struct store_op *op)
{
    op->next = NULL;
    *store->kept_end = op;
    store->kept_end = &op->next;
    store->kept_count++;
}

/* Calls `done` of every write in the list; `err` is about all of them, or NULL. Frees or keeps them. */
static void answer(struct store *store, struct store_op *ops, const struct err *err)
{
    while (ops != NULL) {
        struct store_op *op = ops;
        bool again = keeps(store, op, err);

        ops = op->next;
        tell(store, op, err);
        if (again)
            keep(store, op);
        else
            store_op_free(op);
    }
}

static void cancel(struct store *store)
{
    struct err err;

    (void)err_set(&err, -ECANCELED, "the store is closed");
    while (store->waiting != NULL) {
        struct store_op *ops = store->waiting;

        store->waiting = NULL;
        store->waiting_end = &store->waiting;
        answer(store, ops, &err);
    }
}

static void on_worked(uv_work_t *request, int status);

static void start(struct store *store)
{
    int rc;

    if (store->working || (store->waiting == NULL && !store->closing))
        return;
    take(store);
    store->working = true;
    rc = uv_queue_work(store->loop, &store->work, work, on_worked);
    assert(rc == 0);
    (void)rc;
}

/* `working` is cleared last, so that all writes queued from the `done` callbacks go into one batch. */
static void on_worked(uv_work_t *request, int status)
{
    struct store *store = container_of(request, struct store, work);
    struct store_op *batch = store->batch;

    assert(status == 0);
    (void)status;
    store->batch = NULL;
    if (batch == NULL) {
        cancel(store);
        assert(store->pending == 0);
        store->closed(store);
        return;
    }
    report(store);
    answer(store, batch, store->verdict.code != 0 ? &store->verdict : NULL);
    store->working = false;
    start(store);
}

static void enqueue(struct store *store, struct store_op *op)
{
    *store->waiting_end = op;
    store->waiting_end = &op->next;
    store->pending++;
    start(store);
}

static void enqueue_plain(struct store *store, struct store_op *op, store_done_cb done, void *arg)
{
    op->done = done;
    op->arg = arg;
    enqueue(store, op);
}

static void enqueue_event(struct store *store, struct store_op *op, store_event_cb done, void *arg)
{
    op->event_done = done;
    op->arg = arg;
    enqueue(store, op);
}

void store_put_service(struct store *store, const struct store_service *service, store_done_cb done,
                       void *arg)
{
    enqueue_plain(store, store_op_new_service(service), done, arg);
}

void store_put_state(struct store *store, const struct store_state *state, store_done_cb done, void *arg)
{
    enqueue_plain(store, store_op_new_state(state), done, arg);
}

void store_put_transition(struct store *store, const struct store_state *state, const struct event *event,
                          const struct store_notice *notices, size_t count, store_event_cb done, void *arg)
{
    enqueue_event(store, store_op_new_transition(state, event, notices, count), done, arg);
}

void store_put_event(struct store *store, const struct event *event, const struct store_notice *notices,
                     size_t count, store_event_cb done, void *arg)
{
    enqueue_event(store, store_op_new_event(event, notices, count), done, arg);
}

void store_settle(struct store *store, const char *sink, const uint64_t *events, size_t count,
                  const char *outcome, int64_t at_ms, store_done_cb done, void *arg)
{
    enqueue_plain(store, store_op_new_settle(sink, events, count, outcome, at_ms), done, arg);
}

void store_release(struct store *store, const char *sink, const uint64_t *events, size_t count, int64_t at_ms,
                   store_done_cb done, void *arg)
{
    enqueue_plain(store, store_op_new_release(sink, events, count, at_ms), done, arg);
}

void store_checkpoint(struct store *store, const struct store_checkpoint *checkpoint,
                      const struct store_seen *seen, size_t count, store_done_cb done, void *arg)
{
    enqueue_plain(store, store_op_new_checkpoint(checkpoint, seen, count), done, arg);
}

void store_prune(struct store *store, int64_t before_ms, size_t *pruned, store_done_cb done, void *arg)
{
    enqueue_plain(store, store_op_new_prune(before_ms, pruned), done, arg);
}

size_t store_pending(const struct store *store)
{
    return store->pending;
}

bool store_failing(const struct store *store)
{
    return store->failing;
}

void store_close(struct store *store, void (*closed)(struct store *store))
{
    if (store->closing)
        return;
    store->closing = true;
    store->closed = closed;
    start(store);
}
