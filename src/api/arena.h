/* SPDX-License-Identifier: MIT */
/*
 * arena - where one decoded message lives until the next one.
 *
 * A bump allocator behind protobuf-c's interface: nothing is freed by itself, arena_reset forgets everything
 * at once. Embedded in its owner; arena_init takes the memory, arena_fini gives it back. Decoding a status
 * touches no heap that way. Loop thread only.
 */
#ifndef AGENTS_API_ARENA_H
#define AGENTS_API_ARENA_H

#include <protobuf-c/protobuf-c.h>

/*
 * The worst that 64 KiB on the wire can unpack to: 32 768 unknown fields of two bytes, for each of which
 * protobuf-c keeps a record of 24 bytes, a copy, and 32 bytes while it scans (slabs that double). Address
 * space only: pages are touched as they are needed, and an ordinary message touches one.
 */
#define ARENA_SIZE (8u << 20)

struct arena {
    ProtobufCAllocator allocator; /* to be given to the unpack functions */
    unsigned char *memory;
    size_t used;
};

void arena_init(struct arena *arena);
void arena_fini(struct arena *arena);

static inline void arena_reset(struct arena *arena)
{
    arena->used = 0;
}

#endif
