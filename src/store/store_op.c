/* SPDX-License-Identifier: MIT */
#include "store/store_op.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Arrays go right behind the struct, the strings behind them. */
static struct store_op *make(enum store_op_kind kind, size_t arrays, size_t strings)
{
    struct store_op *op = mem_alloc(sizeof *op + arrays + strings);

    op->next = NULL;
    op->kind = kind;
    op->refusal = NULL;
    op->answered = false;
    return op;
}

static void *behind(struct store_op *op)
{
    static_assert(alignof(struct store_op) >= alignof(struct store_status) &&
                      alignof(struct store_op) >= alignof(struct store_seen) &&
                      alignof(struct store_op) >= alignof(uint64_t),
                  "an array right behind the struct is aligned");
    return op + 1;
}

static size_t size_of(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 1;
}

static const char *keep(char **end, const char *text)
{
    size_t size = size_of(text);
    char *copy = memcpy(*end, text != NULL ? text : "", size);

    *end += size;
    return copy;
}

static int by_code(const void *a, const void *b)
{
    int32_t left = ((const struct store_status *)a)->code, right = ((const struct store_status *)b)->code;

    return (left > right) - (left < right);
}

/* Sorted statuses compare with the stored ones in one pass; agents mostly send them sorted already. */
static void sort(struct store_status *statuses, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (statuses[i - 1].code > statuses[i].code) {
            qsort(statuses, count, sizeof *statuses, by_code);
            return;
        }
    }
}

struct store_op *store_op_new_service(const struct store_service *service)
{
    size_t count = service->status_count;
    size_t strings = size_of(service->id);
    struct store_status *statuses;
    struct store_op *op;
    char *end;

    assert(count <= STORE_STATUSES_MAX);
    for (size_t i = 0; i < count; i++)
        strings += size_of(service->statuses[i].text);
    op = make(STORE_OP_SERVICE, count * sizeof *statuses, strings);
    statuses = behind(op);
    end = (char *)(statuses + count);
    op->rows = 1 + count;
    op->service = *service;
    op->service.id = keep(&end, service->id);
    op->service.statuses = statuses;
    for (size_t i = 0; i < count; i++) {
        statuses[i].code = service->statuses[i].code;
        statuses[i].text = keep(&end, service->statuses[i].text);
    }
    sort(statuses, count);
    return op;
}

static size_t size_of_event(const struct event *event)
{
    assert(event->id != 0);
    return size_of(event->service) + size_of(event->text) + size_of(event->previous) + size_of(event->sinks) +
           size_of(event->spared);
}

static struct event keep_event(char **end, const struct event *event)
{
    struct event copy = *event;

    copy.service = keep(end, event->service);
    copy.text = keep(end, event->text);
    copy.previous = keep(end, event->previous);
    copy.sinks = keep(end, event->sinks);
    copy.spared = keep(end, event->spared);
    return copy;
}

struct store_op *store_op_new_state(const struct store_state *state)
{
    struct store_op *op = make(STORE_OP_STATE, 0, size_of(state->id));
    char *end = behind(op);

    op->rows = 2;
    op->state = *state;
    op->state.id = keep(&end, state->id);
    return op;
}

struct store_op *store_op_new_transition(const struct store_state *state, const struct event *event)
{
    struct store_op *op = make(STORE_OP_TRANSITION, 0, size_of(state->id) + size_of_event(event));
    char *end = behind(op);

    op->rows = 4;
    op->transition.state = *state;
    op->transition.state.id = keep(&end, state->id);
    op->transition.event = keep_event(&end, event);
    return op;
}

struct store_op *store_op_new_event(const struct event *event)
{
    struct store_op *op = make(STORE_OP_EVENT, 0, size_of_event(event));
    char *end = behind(op);

    op->rows = 2;
    op->event = keep_event(&end, event);
    return op;
}

struct store_op *store_op_new_settle(const char *sink, const uint64_t *events, size_t count,
                                     const char *outcome, int64_t at_ms)
{
    struct store_op *op = make(STORE_OP_SETTLE, count * sizeof *events, size_of(sink) + size_of(outcome));
    uint64_t *copy = behind(op);
    char *end = (char *)(copy + count);

    for (size_t i = 0; i < count; i++)
        copy[i] = events[i];
    op->rows = 1 + 2 * count;
    op->settle.sink = keep(&end, sink);
    op->settle.events = copy;
    op->settle.count = count;
    op->settle.outcome = keep(&end, outcome);
    op->settle.at_ms = at_ms;
    return op;
}

struct store_op *store_op_new_checkpoint(const struct store_checkpoint *stamp, const struct store_seen *seen,
                                         size_t count)
{
    struct store_seen *copy;
    struct store_op *op;
    size_t strings = 0;
    char *end;

    for (size_t i = 0; i < count; i++)
        strings += size_of(seen[i].id);
    op = make(STORE_OP_CHECKPOINT, count * sizeof *copy, strings);
    copy = behind(op);
    end = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        copy[i].id = keep(&end, seen[i].id);
        copy[i].seen_ms = seen[i].seen_ms;
    }
    op->rows = 1 + count;
    op->stamp.at = *stamp;
    op->stamp.seen = copy;
    op->stamp.count = count;
    return op;
}

struct store_op *store_op_new_prune(int64_t before_ms, size_t *pruned)
{
    struct store_op *op = make(STORE_OP_PRUNE, 0, 0);

    op->rows = STORE_PRUNE_ROWS;
    op->forget.before_ms = before_ms;
    op->forget.pruned = pruned;
    return op;
}

void store_op_free(struct store_op *op)
{
    free(op->refusal);
    free(op);
}

const struct event *store_op_event(const struct store_op *op)
{
    switch (op->kind) {
    case STORE_OP_TRANSITION:
        return &op->transition.event;
    case STORE_OP_EVENT:
        return &op->event;
    default:
        return NULL;
    }
}
