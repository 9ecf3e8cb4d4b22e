/* SPDX-License-Identifier: MIT */
#include "store_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_op.h"

static void note(struct store_memory *memory, const char *text)
{
    size_t length = strlen(text);

    if (memory->length + length >= sizeof memory->log)
        return;
    memcpy(memory->log + memory->length, text, length + 1);
    memory->length += length;
}

static void note_write(struct store_memory *memory, struct store_op *op)
{
    char word[64] = "?";
    const struct event *event = store_op_event(op);

    if (op->kind == STORE_OP_SERVICE)
        (void)snprintf(word, sizeof word, "%s ", op->service.id);
    else if (event != NULL)
        (void)snprintf(word, sizeof word, "%d/%zu ", (int)event->id, op->put.count);
    else if (op->kind == STORE_OP_SETTLE)
        (void)snprintf(word, sizeof word, "settle%d ", (int)op->settle.events[0]);
    else if (op->kind == STORE_OP_RELEASE)
        (void)snprintf(word, sizeof word, "release%d ", (int)op->settle.events[0]);
    else if (op->kind == STORE_OP_STATE)
        (void)snprintf(word, sizeof word, "state ");
    else if (op->kind == STORE_OP_CHECKPOINT)
        (void)snprintf(word, sizeof word, "checkpoint ");
    if (event != NULL && memory->failures == 0 && event->id == memory->refused) {
        op->refusal = mem_alloc(sizeof *op->refusal);
        (void)err_set(op->refusal, -EINVAL, "refused");
        return;
    }
    note(memory, word);
}

static int commit(void *self, struct store_op *ops, struct err *err)
{
    struct store_memory *memory = self;
    size_t rows = 0;

    if (memory->hangs) {
        memory->hangs = false;
        uv_sem_post(&memory->hanging);
        uv_sem_wait(&memory->go);
    }
    memory->commits++;
    note(memory, "[");
    for (struct store_op *op = ops; op != NULL; op = op->next) {
        rows += op->rows;
        note_write(memory, op);
    }
    if (rows > memory->rows_max)
        memory->rows_max = rows;
    if (memory->failures > 0) {
        memory->failures--;
        note(memory, "!");
        return err_set(err, memory->code, "memory: broken");
    }
    note(memory, "]");
    return 0;
}

static int load(void *self, const struct store_load_ops *ops, void *arg, struct err *err)
{
    struct store_memory *memory = self;

    (void)ops, (void)arg;
    memory->loads++;
    return memory->code != 0 ? err_set(err, memory->code, "memory: broken") : 0;
}

static void close_memory(void *self)
{
    struct store_memory *memory = self;

    memory->closes++;
    note(memory, "closed");
}

void store_memory_init(struct store_memory *memory, struct store_backend *backend)
{
    *memory = (struct store_memory){0};
    assert_int_equal(uv_sem_init(&memory->hanging, 0), 0);
    assert_int_equal(uv_sem_init(&memory->go, 0), 0);
    *backend = (struct store_backend){
        .self = memory, .name = "memory", .commit = commit, .load = load, .close = close_memory};
}

void store_memory_fini(struct store_memory *memory)
{
    uv_sem_destroy(&memory->hanging);
    uv_sem_destroy(&memory->go);
}
