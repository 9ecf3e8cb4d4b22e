/* SPDX-License-Identifier: MIT */
#include "store/store_batch.h"

#include <string.h>

#include "base/mem.h"
#include "store/store_rows.h"

static int apply(struct store_sql *sql, const struct store_op *op, struct err *err)
{
    switch (op->kind) {
    case STORE_OP_SERVICE:
        return store_rows_put_service(sql, &op->service, err);
    case STORE_OP_STATE:
        return store_rows_put_state(sql, &op->state, err);
    case STORE_OP_TRANSITION:
        return store_rows_put_transition(sql, &op->transition.state, &op->transition.event, err);
    case STORE_OP_EVENT:
        return store_rows_put_event(sql, &op->event, err);
    case STORE_OP_SETTLE:
        return store_rows_settle(sql, op->settle.sink, op->settle.events, op->settle.count,
                                 op->settle.outcome, op->settle.at_ms, err);
    case STORE_OP_CHECKPOINT:
        return store_rows_checkpoint(sql, &op->stamp.at, op->stamp.seen, op->stamp.count, err);
    case STORE_OP_PRUNE:
        break;
    }
    return store_rows_prune(sql, op->forget.before_ms, op->forget.pruned, err);
}

/* A registration right before another one of the same service would be overwritten at once. */
static bool superseded(const struct store_op *op)
{
    const struct store_op *next = op->next;

    return next != NULL && op->kind == STORE_OP_SERVICE && next->kind == STORE_OP_SERVICE &&
           strcmp(op->service.id, next->service.id) == 0;
}

static int apply_alone(struct store_sql *sql, struct store_op *op, struct err *err)
{
    int rc = store_sql_step(sql, STORE_MARK, err);

    if (rc != 0)
        return rc;
    rc = apply(sql, op, err);
    if (store_rows_refused(rc)) {
        op->refusal = mem_alloc(sizeof *err);
        *op->refusal = *err;
        rc = store_sql_step(sql, STORE_BACK_TO_MARK, err);
    }
    return rc != 0 ? rc : store_sql_step(sql, STORE_UNMARK, err);
}

static int apply_all(struct store_sql *sql, struct store_op *ops, bool alone, struct err *err)
{
    int rc = store_sql_in_place(sql, err);

    if (rc == 0)
        rc = store_sql_step(sql, STORE_BEGIN, err);
    for (struct store_op *op = ops; rc == 0 && op != NULL; op = op->next) {
        if (alone)
            rc = apply_alone(sql, op, err);
        else if (!superseded(op))
            rc = apply(sql, op, err);
    }
    if (rc == 0)
        rc = store_sql_step(sql, STORE_COMMIT, err);
    if (rc != 0)
        store_sql_rollback(sql);
    return rc;
}

/*
 * A refused write is a rare mistake of ours, so the ordinary way pays nothing for it: only when there was
 * one, the batch is run again with a savepoint around each write.
 */
int store_batch_commit(struct store_sql *sql, struct store_op *ops, struct err *err)
{
    int rc = apply_all(sql, ops, false, err);

    return store_rows_refused(rc) ? apply_all(sql, ops, true, err) : rc;
}
