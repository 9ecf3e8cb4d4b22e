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
#include "store/sqlite_services.h"
#include "store/store_op.h"

#define FILE_NAME "procjon.db"

/* PATH_MAX of Linux. */
#define PATH_SIZE 4096

struct sqlite_backend {
    int claim; /* descriptor that keeps a second server out of the directory */
    struct sqlite_connection *db;
};

/* ---- the rows ---- */

static int set_seen(struct sqlite_connection *db, const char *name, int64_t seen_ms, struct err *err)
{
    sqlite_connection_bind_text(db, SQL_SET_SEEN, 1, name);
    sqlite_connection_bind_number(db, SQL_SET_SEEN, 2, seen_ms);
    return sqlite_connection_step(db, SQL_SET_SEEN, err);
}

static void bind_optional_text(struct sqlite_connection *db, enum sqlite_statement which, int index,
                               const char *text)
{
    if (text != NULL)
        sqlite_connection_bind_text(db, which, index, text);
    else
        sqlite_connection_bind_null(db, which, index);
}

static void bind_optional_number(struct sqlite_connection *db, enum sqlite_statement which, int index,
                                 bool there, int64_t number)
{
    if (there)
        sqlite_connection_bind_number(db, which, index, number);
    else
        sqlite_connection_bind_null(db, which, index);
}

/* `at`: SQL_ADD_NOTICE for an event that is known to be open, SQL_PUT_NOTICE for any other. */
static int write_notice(struct sqlite_connection *db, enum sqlite_statement at,
                        const struct store_notice *notice, int64_t at_ms, struct err *err)
{
    sqlite_connection_bind_number(db, at, 1, (int64_t)notice->event);
    sqlite_connection_bind_text(db, at, 2, notice->sink);
    bind_optional_text(db, at, 3, notice->outcome);
    bind_optional_number(db, at, 4, notice->outcome != NULL, at_ms);
    bind_optional_text(db, at, 5, notice->held_by);
    bind_optional_number(db, at, 6, notice->held_until_ms != 0, notice->held_until_ms);
    bind_optional_number(db, at, 7, notice->held_reports != 0, (int64_t)notice->held_reports);
    return sqlite_connection_step(db, at, err);
}

/* Gives the event an outcome if it has no open notice left. */
static int close_event(struct sqlite_connection *db, uint64_t event, const char *outcome, int64_t at_ms,
                       struct err *err)
{
    sqlite_connection_bind_number(db, SQL_CLOSE_EVENT, 1, (int64_t)event);
    sqlite_connection_bind_text(db, SQL_CLOSE_EVENT, 2, outcome);
    sqlite_connection_bind_number(db, SQL_CLOSE_EVENT, 3, at_ms);
    return sqlite_connection_step(db, SQL_CLOSE_EVENT, err);
}

/*
 * Backwards, because of several rows about one event the last decides: once it has closed the event, the
 * others change nothing. A row without an outcome leaves its event open.
 */
static int close_events(struct sqlite_connection *db, const struct store_notice *notices, size_t count,
                        int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = count; rc == 0 && i-- > 0;) {
        if (notices[i].outcome != NULL)
            rc = close_event(db, notices[i].event, notices[i].outcome, at_ms, err);
    }
    return rc;
}

/* `open`: the event is known to be open, which saves its rows a look-up. */
static int write_notices(struct sqlite_connection *db, const struct event *event, bool open,
                         const struct store_notice *notices, size_t count, struct err *err)
{
    int rc = 0;

    if (count == 0)
        return close_event(db, event->id, "no_sink", event->at_ms, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        bool known = open && notices[i].event == event->id;

        rc = write_notice(db, known ? SQL_ADD_NOTICE : SQL_PUT_NOTICE, &notices[i], event->at_ms, err);
    }
    return rc != 0 ? rc : close_events(db, notices, count, event->at_ms, err);
}

/* `how`: SQL_ADD_EVENT, which refuses an id that was used, or SQL_PUT_EVENT, which changes an open event. */
static int write_event(struct sqlite_connection *db, enum sqlite_statement how, const struct event *event,
                       const struct store_notice *notices, size_t count, struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, how, 1, (int64_t)event->id);
    sqlite_connection_bind_text(db, how, 2, event->service);
    sqlite_connection_bind_number(db, how, 3, event->kind);
    sqlite_connection_bind_number(db, how, 4, event->severity);
    sqlite_connection_bind_text(db, how, 5, event->text);
    sqlite_connection_bind_text(db, how, 6, event->previous);
    sqlite_connection_bind_number(db, how, 7, event->at_ms);
    sqlite_connection_bind_number(db, how, 8, event->since_ms);
    bind_optional_number(db, how, 9, event->code != EVENT_NO_CODE, event->code);
    bind_optional_number(db, how, 10, event->previous_code != EVENT_NO_CODE, event->previous_code);
    rc = sqlite_connection_step(db, how, err);
    return rc != 0 ? rc : write_notices(db, event, sqlite_connection_changes(db) == 1, notices, count, err);
}

static int change_state(struct sqlite_connection *db, const struct store_state *state, struct err *err)
{
    int rc;

    sqlite_connection_bind_text(db, SQL_CHANGE_STATE, 1, state->id);
    sqlite_connection_bind_number(db, SQL_CHANGE_STATE, 2, state->availability);
    bind_optional_number(db, SQL_CHANGE_STATE, 3, state->has_code, state->code);
    sqlite_connection_bind_number(db, SQL_CHANGE_STATE, 4, state->since_ms);
    sqlite_connection_bind_number(db, SQL_CHANGE_STATE, 5, state->code_since_ms);
    rc = sqlite_connection_step(db, SQL_CHANGE_STATE, err);
    if (rc == 0 && sqlite_connection_changes(db) == 0)
        return err_set(err, -ENOENT, "'%s': service '%s' is not registered", sqlite_connection_path(db),
                       state->id);
    return rc;
}

static int put_state(struct sqlite_connection *db, const struct store_state *state, struct err *err)
{
    int rc = change_state(db, state, err);

    return rc != 0 ? rc : set_seen(db, state->id, state->seen_ms, err);
}

static int put_transition(struct sqlite_connection *db, const struct store_state *state,
                          const struct event *event, const struct store_notice *notices, size_t count,
                          struct err *err)
{
    int rc = put_state(db, state, err);

    return rc != 0 ? rc : write_event(db, SQL_ADD_EVENT, event, notices, count, err);
}

static int put_event(struct sqlite_connection *db, const struct event *event,
                     const struct store_notice *notices, size_t count, struct err *err)
{
    return write_event(db, SQL_PUT_EVENT, event, notices, count, err);
}

static int settle_notice(struct sqlite_connection *db, const char *sink, uint64_t event, const char *outcome,
                         int64_t at_ms, struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, SQL_SETTLE_NOTICE, 1, (int64_t)event);
    sqlite_connection_bind_text(db, SQL_SETTLE_NOTICE, 2, sink);
    sqlite_connection_bind_text(db, SQL_SETTLE_NOTICE, 3, outcome);
    sqlite_connection_bind_number(db, SQL_SETTLE_NOTICE, 4, at_ms);
    rc = sqlite_connection_step(db, SQL_SETTLE_NOTICE, err);
    return rc != 0 ? rc : close_event(db, event, outcome, at_ms, err);
}

static int settle(struct sqlite_connection *db, const char *sink, const uint64_t *events, size_t count,
                  const char *outcome, int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = settle_notice(db, sink, events[i], outcome, at_ms, err);
    return rc;
}

static int release(struct sqlite_connection *db, const char *sink, const uint64_t *events, size_t count,
                   int64_t at_ms, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        sqlite_connection_bind_number(db, SQL_RELEASE_NOTICE, 1, (int64_t)events[i]);
        sqlite_connection_bind_text(db, SQL_RELEASE_NOTICE, 2, sink);
        sqlite_connection_bind_number(db, SQL_RELEASE_NOTICE, 3, at_ms);
        rc = sqlite_connection_step(db, SQL_RELEASE_NOTICE, err);
    }
    return rc;
}

static int set_meta(struct sqlite_connection *db, const char *name, int64_t value, struct err *err)
{
    sqlite_connection_bind_text(db, SQL_SET_META, 1, name);
    sqlite_connection_bind_number(db, SQL_SET_META, 2, value);
    return sqlite_connection_step(db, SQL_SET_META, err);
}

static int checkpoint(struct sqlite_connection *db, const struct store_checkpoint *checkpoint,
                      const struct store_seen *seen, size_t count, struct err *err)
{
    int rc = set_meta(db, "last_alive_ms", checkpoint->at_ms, err);

    if (rc == 0)
        rc = set_meta(db, "restart_grace_ms", checkpoint->grace_ms, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = set_seen(db, seen[i].id, seen[i].seen_ms, err);
    return rc;
}

static int prune(struct sqlite_connection *db, int64_t before_ms, size_t *pruned, struct err *err)
{
    int rc;

    sqlite_connection_bind_number(db, SQL_PRUNE_EVENTS, 1, before_ms);
    sqlite_connection_bind_number(db, SQL_PRUNE_EVENTS, 2, STORE_PRUNE_ROWS);
    rc = sqlite_connection_step(db, SQL_PRUNE_EVENTS, err);
    *pruned = rc == 0 ? (size_t)sqlite_connection_changes(db) : 0;
    return rc;
}

/* ---- the transaction ---- */

static int apply(struct sqlite_connection *db, const struct store_op *op, struct err *err)
{
    switch (op->kind) {
    case STORE_OP_SERVICE:
        return sqlite_services_put(db, &op->service, err);
    case STORE_OP_STATE:
        return put_state(db, &op->state, err);
    case STORE_OP_TRANSITION:
        return put_transition(db, &op->put.state, &op->put.event, op->put.notices, op->put.count, err);
    case STORE_OP_EVENT:
        return put_event(db, &op->put.event, op->put.notices, op->put.count, err);
    case STORE_OP_SETTLE:
        return settle(db, op->settle.sink, op->settle.events, op->settle.count, op->settle.outcome,
                      op->settle.at_ms, err);
    case STORE_OP_RELEASE:
        return release(db, op->settle.sink, op->settle.events, op->settle.count, op->settle.at_ms, err);
    case STORE_OP_CHECKPOINT:
        return checkpoint(db, &op->checkpoint.at, op->checkpoint.seen, op->checkpoint.count, err);
    case STORE_OP_PRUNE:
        break;
    }
    return prune(db, op->prune.before_ms, op->prune.pruned, err);
}

/* The code is about this write alone: a constraint, or a service that is not registered. */
static bool is_refused(int code)
{
    return code == -EINVAL || code == -ENOENT;
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
    if (is_refused(rc)) {
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

    return is_refused(rc) ? apply_all(backend->db, ops, true, err) : rc;
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
