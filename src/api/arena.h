/* SPDX-License-Identifier: MIT */
/*
 * arena - the memory of one decoded message, valid until the next one is decoded.
 *
 * A bump allocator with the interface of protobuf-c: a single free does nothing, arena_reset frees
 * everything. Embedded in its owner; arena_init allocates all of the memory, so that decoding a status does
 * not use the heap. Loop thread only.
 */
#ifndef PROCJON_API_ARENA_H
#define PROCJON_API_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"

/*
 * The most that a message of 64 KiB needs: 32 768 unknown fields of two bytes, for each of which protobuf-c
 * allocates a record of 24 bytes, a copy of the value, and 32 bytes while it scans (in slabs that double).
 * It is address space only: an ordinary message touches one page.
 */
#define ARENA_SIZE (8u << 20)

struct arena {
    ProtobufCAllocator allocator; /* for the unpack functions of protobuf-c */
    unsigned char *memory;
    size_t used;
};

static inline void *arena_alloc(void *data, size_t size)
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

static inline void arena_free(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

static inline void arena_init(struct arena *arena)
{
    *arena = (struct arena){
        .allocator = {.alloc = arena_alloc, .free = arena_free, .allocator_data = arena},
        .memory = mem_alloc(ARENA_SIZE),
    };
}

static inline void arena_fini(struct arena *arena)
{
    free(arena->memory);
}

static inline void arena_reset(struct arena *arena)
{
    arena->used = 0;
}

#endif
