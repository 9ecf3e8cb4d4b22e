/* SPDX-License-Identifier: MIT */
/*
 * slab - memory pages of one connection's own, for what is allocated when it begins and stays until it ends.
 *
 * An HTTP/2 session has a buffer of 16 KiB for outgoing frames, of which small responses use the first few
 * hundred bytes. On the heap its pages were touched by earlier users and stay resident as long as the
 * connection; untouched pages of a fresh mapping take no memory.
 *
 * Owned by the connection, which may lie in the slab itself. Memory is taken from the front, zeroed, and
 * freed with the whole. Any thread; no locks.
 */
#ifndef PROCJON_HTTP2_SLAB_H
#define PROCJON_HTTP2_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A server_connection (1.3 KB) and its new nghttp2 session (26 KB, measured with 1.52), in whole pages. What
 * does not fit, and what a session allocates later, goes to the heap. */
#define SLAB_SIZE 28672u

struct slab {
    size_t used; /* this struct included */
    bool sealed;
};

/* NULL: out of memory, or out of mappings (vm.max_map_count). */
struct slab *slab_new(void);
void slab_free(struct slab *slab);

/* Zeroed and aligned as malloc does. NULL: full, or sealed. */
void *slab_take(struct slab *slab, size_t size);

/* slab_take returns NULL from now on: later allocations may be freed before the connection is. */
void slab_seal(struct slab *slab);

static inline bool slab_has(const struct slab *slab, const void *memory)
{
    return (uintptr_t)memory - (uintptr_t)slab < SLAB_SIZE;
}

/* Bytes from an address in the slab to the end of the slab. */
size_t slab_rest(const struct slab *slab, const void *memory);

#endif
