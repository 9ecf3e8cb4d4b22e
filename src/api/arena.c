/* SPDX-License-Identifier: MIT */
#include "api/arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"

static void *allocate(void *data, size_t size)
{
    struct arena *arena = data;
    size_t aligned = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    void *memory;

    if (aligned < size || aligned > ARENA_SIZE - arena->used)
        return NULL;
    memory = arena->memory + arena->used;
    arena->used += aligned;
    return memory;
}

static void release(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){
        .allocator = {.alloc = allocate, .free = release, .allocator_data = arena},
        .memory = mem_alloc(ARENA_SIZE),
    };
}

void arena_fini(struct arena *arena)
{
    free(arena->memory);
}
