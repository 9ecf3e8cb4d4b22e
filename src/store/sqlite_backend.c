/* SPDX-License-Identifier: MIT */
#include "store/sqlite_backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/data_directory.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_load.h"
#include "store/sqlite_rows.h"
#include "store/store_op.h"

#define FILE_NAME "procjon.db"

/* PATH_MAX of Linux. */
#define PATH_SIZE 4096

struct sqlite_backend {
    int claim; /* descriptor that keeps a second server out of the directory */
    struct sqlite_connection *db;
};

static int apply(struct sqlite_connection *db, const struct store_op *op, struct err *err)
{
    switch (op->kind) {
    case STORE_OP_SERVICE:
        return sqlite_rows_put_service(db, &op->service, err);
    case STORE_OP_STATE:
        return sqlite_rows_put_state(db, &op->state, err);
    case STORE_OP_TRANSITION:
        return sqlite_rows_put_transition(db, &op->put.state, &op->put.event, op->put.notices, op->put.count,
                                          err);
    case STORE_OP_EVENT:
        return sqlite_rows_put_event(db, &op->put.event, op->put.notices, op->put.count, err);
    case STORE_OP_SETTLE:
        return sqlite_rows_settle(db, op->settle.sink, op->settle.events, op->settle.count,
                                  op->settle.outcome, op->settle.at_ms, err);
    case STORE_OP_RELEASE:
        return sqlite_rows_release(db, op->settle.sink, op->settle.events, op->settle.count, op->settle.at_ms,
                                   err);
    case STORE_OP_CHECKPOINT:
        return sqlite_rows_checkpoint(db, &op->checkpoint.at, op->checkpoint.seen, op->checkpoint.count, err);
    case STORE_OP_PRUNE:
        break;
    }
    return sqlite_rows_prune(db, op->prune.before_ms, op->prune.pruned, err);
}

/* The next write would overwrite this registration at once. */
static bool superseded(const struct store_op *op)
{
    const struct store_op *next = op->next;

    return next != NULL && op->kind == STORE_OP_SERVICE && next->kind == STORE_OP_SERVICE &&
           strcmp(op->service.id, next->service.id) == 0;
}

/* A write that is tried again may have been refused before. */
static void refuse(struct store_op *op, const struct err *err)
{
    free(op->refusal);
    op->refusal = mem_alloc(sizeof *err);
    *op->refusal = *err;
}

static int apply_alone(struct sqlite_connection *db, struct store_op *op, struct err *err)
{
    int rc = sqlite_connection_step(db, SQL_MARK, err);

    if (rc != 0)
        return rc;
    rc = apply(db, op, err);
    if (sqlite_rows_refused(rc)) {
        refuse(op, err);
        rc = sqlite_connection_step(db, SQL_BACK_TO_MARK, err);
    }
    return rc != 0 ? rc : sqlite_connection_step(db, SQL_UNMARK, err);
}

static int apply_all(struct sqlite_connection *db, struct store_op *ops, bool alone, struct err *err)
{
    int rc = sqlite_connection_in_place(db, err);

    if (rc == 0)
        rc = sqlite_connection_step(db, SQL_BEGIN, err);
    for (struct store_op *op = ops; rc == 0 && op != NULL; op = op->next) {
        if (alone)
            rc = apply_alone(db, op, err);
        else if (!superseded(op))
            rc = apply(db, op, err);
    }
    if (rc == 0)
        rc = sqlite_connection_step(db, SQL_COMMIT, err);
    if (rc != 0)
        sqlite_connection_rollback(db);
    return rc;
}

/*
 * A refused write is rare, so the ordinary batch has no savepoints: only after a refusal the batch runs again
 * with a savepoint around each write.
 */
static int commit(void *self, struct store_op *ops, struct err *err)
{
    const struct sqlite_backend *backend = self;
    int rc = apply_all(backend->db, ops, false, err);

    return sqlite_rows_refused(rc) ? apply_all(backend->db, ops, true, err) : rc;
}

static int load(void *self, const struct store_load_ops *ops, void *arg, struct err *err)
{
    const struct sqlite_backend *backend = self;

    return sqlite_load_all(backend->db, ops, arg, err);
}

static void close_all(void *self)
{
    struct sqlite_backend *backend = self;

    sqlite_connection_close(backend->db);
    (void)close(backend->claim);
    free(backend);
}

int sqlite_backend_open(struct store_backend *opened, const char *directory, struct err *err)
{
    struct sqlite_backend *backend;
    struct sqlite_connection *db;
    char path[PATH_SIZE];
    int claim, rc;

    if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, FILE_NAME) >= sizeof path)
        return err_errno(err, -ENAMETOOLONG, "data directory '%s'", directory);
    claim = data_directory_claim(directory, FILE_NAME, err);
    if (claim < 0)
        return claim;
    rc = sqlite_connection_open(&db, path, err);
    if (rc != 0) {
        (void)close(claim);
        return rc;
    }
    backend = mem_alloc(sizeof *backend);
    *backend = (struct sqlite_backend){.claim = claim, .db = db};
    *opened = (struct store_backend){.self = backend,
                                     .name = sqlite_connection_path(db),
                                     .commit = commit,
                                     .load = load,
                                     .close = close_all};
    return 0;
}
