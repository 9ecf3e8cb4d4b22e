/* SPDX-License-Identifier: MIT */
#include "notify/ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void ids_fini(struct ids *ids)
{
    free(ids->list);
    *ids = (struct ids){0};
}

/* The capacity doubles, beginning with 1: most entries have exactly one notice. */
static void reserve(struct ids *ids, size_t more)
{
    size_t capacity = ids->capacity > 0 ? ids->capacity : 1;

    if (ids->capacity - ids->count >= more)
        return;
    while (capacity - ids->count < more)
        capacity *= 2;
    ids->list = mem_realloc(ids->list, capacity * sizeof *ids->list);
    ids->capacity = capacity;
}

void ids_add(struct ids *ids, uint64_t id)
{
    reserve(ids, 1);
    ids->list[ids->count++] = id;
}

void ids_append(struct ids *ids, const struct ids *from)
{
    if (from->count == 0)
        return;
    reserve(ids, from->count);
    memcpy(ids->list + ids->count, from->list, from->count * sizeof *from->list);
    ids->count += from->count;
}
