/* SPDX-License-Identifier: MIT */
/*
 * store_op - one write that waits for its commit.
 *
 * One allocation that holds copies of everything it was given: what the loop pays for a write. Made and freed
 * on the loop thread; while its batch is committed it belongs to the backend, which may set `refusal` and
 * *prune.pruned and nothing else. Its maker sets `done` or `event_done`, and `arg`.
 */
#ifndef PROCJON_STORE_STORE_OP_H
#define PROCJON_STORE_STORE_OP_H

#include "store/store_record.h"

enum store_op_kind {
    STORE_OP_SERVICE,
    STORE_OP_STATE,
    STORE_OP_TRANSITION,
    STORE_OP_EVENT,
    STORE_OP_SETTLE,
    STORE_OP_RELEASE,
    STORE_OP_CHECKPOINT,
    STORE_OP_PRUNE,
};

struct store_op {
    struct store_op *next;
    enum store_op_kind kind;
    size_t rows;   /* records that it changes, at most: what it costs in a batch */
    bool answered; /* `done` was called with an error, and the write is tried again */
    union {
        store_done_cb done;
        store_event_cb event_done; /* TRANSITION, EVENT */
    };
    void *arg;
    struct err *refusal; /* why this write alone failed, else NULL; owned */
    union {
        struct store_service service; /* statuses sorted by code */
        struct store_state state;
        struct {
            struct store_state state; /* TRANSITION only */
            struct event event;
            const struct store_notice *notices;
            size_t count;
        } put;
        struct {
            const char *sink;
            const uint64_t *events;
            size_t count;
            const char *outcome; /* RELEASE: NULL */
            int64_t at_ms;
        } settle;
        struct {
            struct store_checkpoint at;
            const struct store_seen *seen;
            size_t count;
        } checkpoint;
        struct {
            int64_t before_ms;
            size_t *pruned; /* the caller's: the backend writes it, the loop reads it after the commit */
        } prune;
    };
};

struct store_op *store_op_new_service(const struct store_service *service);
struct store_op *store_op_new_state(const struct store_state *state);
struct store_op *store_op_new_transition(const struct store_state *state, const struct event *event,
                                         const struct store_notice *notices, size_t count);
struct store_op *store_op_new_event(const struct event *event, const struct store_notice *notices,
                                    size_t count);
struct store_op *store_op_new_settle(const char *sink, const uint64_t *events, size_t count,
                                     const char *outcome, int64_t at_ms);
struct store_op *store_op_new_release(const char *sink, const uint64_t *events, size_t count, int64_t at_ms);
struct store_op *store_op_new_checkpoint(const struct store_checkpoint *checkpoint,
                                         const struct store_seen *seen, size_t count);
struct store_op *store_op_new_prune(int64_t before_ms, size_t *pruned);
void store_op_free(struct store_op *op);

/* NULL: the write has none. */
const struct event *store_op_event(const struct store_op *op);

#endif
