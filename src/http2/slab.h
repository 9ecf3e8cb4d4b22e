/* SPDX-License-Identifier: MIT */
/*
 * slab - a few pages of its own for one connection: what is made when it begins and stays until it ends.
 *
 * An HTTP/2 session has a buffer of 16 KiB for outgoing frames and uses the first few hundred bytes of it, as
 * long as answers are small. On the heap the rest lies on pages that others have used before, and stays
 * resident for as long as the connection; on fresh pages it is never touched, and costs nothing.
 *
 * Owned by the connection that lies in it. Memory is taken from the front, zeroed, and given back with the
 * whole. Pure, but for the kernel's pages.
 */
#ifndef PROCJON_HTTP2_SLAB_H
#define PROCJON_HTTP2_SLAB_H

#include <stdbool.h>
#include <stddef.h>

/* A connection of the server (1.3 KB) and its session as nghttp2 makes it (26 KB, measured in 1.52), in whole
 * pages. What does not fit, or a session that grows, goes to the heap. */
#define SLAB_SIZE 28672u

struct slab {
    size_t used; /* this struct included */
    bool sealed;
};

/* NULL: the kernel gives no pages, or no more mappings. */
struct slab *slab_new(void);
void slab_free(struct slab *slab);

/* NULL: full, or sealed. */
void *slab_take(struct slab *slab, size_t size);

/* Nothing more is taken: what comes now may go before the connection does. */
void slab_seal(struct slab *slab);

bool slab_has(const struct slab *slab, const void *memory);

/* From an address in the slab to its end. */
size_t slab_rest(const struct slab *slab, const void *memory);

#endif
