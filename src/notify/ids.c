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

/* Doubles from one: most services owe exactly one message. */
static void reserve(struct ids *ids, size_t more)
{
    size_t room = ids->room > 0 ? ids->room : 1;

    if (ids->room - ids->count >= more)
        return;
    while (room - ids->count < more)
        room *= 2;
    ids->list = mem_realloc(ids->list, room * sizeof *ids->list);
    ids->room = room;
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
