/* SPDX-License-Identifier: MIT */
#include "store/store_op.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The arrays follow the struct, the strings follow the arrays. */
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
                      alignof(struct store_op) >= alignof(struct store_notice) &&
                      alignof(struct store_op) >= alignof(uint64_t),
                  "an array right behind the struct is aligned");
    return op + 1;
}

static size_t size_of(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 1;
}

static size_t size_of_optional(const char *text)
{
    return text != NULL ? size_of(text) : 0;
}

static const char *copy_text(char **end, const char *text)
{
    size_t size = size_of(text);
    char *copy = memcpy(*end, text != NULL ? text : "", size);

    *end += size;
    return copy;
}

/* NULL stays NULL. */
static const char *copy_optional(char **end, const char *text)
{
    return text != NULL ? copy_text(end, text) : NULL;
}

static int by_code(const void *a, const void *b)
{
    int32_t left = ((const struct store_status *)a)->code, right = ((const struct store_status *)b)->code;

    return (left > right) - (left < right);
}

/* Sorted statuses are compared with the stored ones in one pass. Most agents send them sorted. */
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
    op->service.id = copy_text(&end, service->id);
    op->service.statuses = statuses;
    for (size_t i = 0; i < count; i++) {
        statuses[i].code = service->statuses[i].code;
        statuses[i].text = copy_text(&end, service->statuses[i].text);
    }
    sort(statuses, count);
    return op;
}

struct store_op *store_op_new_state(const struct store_state *state)
{
    struct store_op *op = make(STORE_OP_STATE, 0, size_of(state->id));
    char *end = behind(op);

    op->rows = 2;
    op->state = *state;
    op->state.id = copy_text(&end, state->id);
    return op;
}

static size_t size_of_notices(const struct store_notice *notices, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += size_of(notices[i].sink) + size_of_optional(notices[i].outcome) +
                size_of_optional(notices[i].held_by);
    return size;
}

/* The event's own record, one of each notice, and that of each event whose last notice may be settled. */
static size_t rows_of(const struct store_notice *notices, size_t count)
{
    size_t rows = 1 + count;

    for (size_t i = 0; i < count; i++)
        rows += notices[i].outcome != NULL;
    return rows;
}

static struct store_op *make_put(enum store_op_kind kind, const struct event *event,
                                 const struct store_notice *notices, size_t count)
{
    size_t size = size_of(event->service) + size_of(event->text) + size_of(event->previous);
    struct store_notice *copies;
    struct store_op *op;
    char *end;

    assert(event->id != 0);
    op = make(kind, count * sizeof *copies, size + size_of_notices(notices, count));
    copies = behind(op);
    end = (char *)(copies + count);
    op->rows = rows_of(notices, count);
    op->put.event = *event;
    op->put.event.service = copy_text(&end, event->service);
    op->put.event.text = copy_text(&end, event->text);
    op->put.event.previous = copy_text(&end, event->previous);
    op->put.notices = copies;
    op->put.count = count;
    for (size_t i = 0; i < count; i++) {
        copies[i] = notices[i];
        copies[i].sink = copy_text(&end, notices[i].sink);
        copies[i].outcome = copy_optional(&end, notices[i].outcome);
        copies[i].held_by = copy_optional(&end, notices[i].held_by);
    }
    return op;
}

struct store_op *store_op_new_transition(const struct store_state *state, const struct event *event,
                                         const struct store_notice *notices, size_t count)
{
    struct store_op *op = make_put(STORE_OP_TRANSITION, event, notices, count);

    assert(strcmp(state->id, event->service) == 0);
    op->rows += 2;
    op->put.state = *state;
    op->put.state.id = op->put.event.service;
    return op;
}

struct store_op *store_op_new_event(const struct event *event, const struct store_notice *notices,
                                    size_t count)
{
    return make_put(STORE_OP_EVENT, event, notices, count);
}

static struct store_op *make_settle(enum store_op_kind kind, const char *sink, const uint64_t *events,
                                    size_t count, const char *outcome, int64_t at_ms)
{
    struct store_op *op = make(kind, count * sizeof *events, size_of(sink) + size_of(outcome));
    uint64_t *copies = behind(op);
    char *end = (char *)(copies + count);

    for (size_t i = 0; i < count; i++)
        copies[i] = events[i];
    op->rows = 1 + 2 * count;
    op->settle.sink = copy_text(&end, sink);
    op->settle.events = copies;
    op->settle.count = count;
    op->settle.outcome = copy_optional(&end, outcome);
    op->settle.at_ms = at_ms;
    return op;
}

struct store_op *store_op_new_settle(const char *sink, const uint64_t *events, size_t count,
                                     const char *outcome, int64_t at_ms)
{
    return make_settle(STORE_OP_SETTLE, sink, events, count, outcome, at_ms);
}

struct store_op *store_op_new_release(const char *sink, const uint64_t *events, size_t count, int64_t at_ms)
{
    return make_settle(STORE_OP_RELEASE, sink, events, count, NULL, at_ms);
}

struct store_op *store_op_new_checkpoint(const struct store_checkpoint *checkpoint,
                                         const struct store_seen *seen, size_t count)
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
        copy[i].id = copy_text(&end, seen[i].id);
        copy[i].seen_ms = seen[i].seen_ms;
    }
    op->rows = 1 + count;
    op->checkpoint.at = *checkpoint;
    op->checkpoint.seen = copy;
    op->checkpoint.count = count;
    return op;
}

struct store_op *store_op_new_prune(int64_t before_ms, size_t *pruned)
{
    struct store_op *op = make(STORE_OP_PRUNE, 0, 0);

    op->rows = STORE_PRUNE_ROWS;
    op->prune.before_ms = before_ms;
    op->prune.pruned = pruned;
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
    case STORE_OP_EVENT:
        return &op->put.event;
    default:
        return NULL;
    }
}
