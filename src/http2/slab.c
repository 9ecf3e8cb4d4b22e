/* SPDX-License-Identifier: MIT */
#include "http2/slab.h"

#include <stdalign.h>
#include <stdint.h>
#include <sys/mman.h>

static size_t align(size_t size)
{
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* Slabs are not reused: only a fresh mapping has untouched pages. */
struct slab *slab_new(void)
{
    struct slab *slab = mmap(NULL, SLAB_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (slab == MAP_FAILED)
        return NULL;
    slab->used = align(sizeof *slab);
    return slab;
}

void slab_free(struct slab *slab)
{
    (void)munmap(slab, SLAB_SIZE);
}

void *slab_take(struct slab *slab, size_t size)
{
    void *memory = (uint8_t *)slab + slab->used;

    if (slab->sealed || size > SLAB_SIZE - slab->used)
        return NULL;
    slab->used = align(slab->used + size);
    return memory;
}

void slab_seal(struct slab *slab)
{
    slab->sealed = true;
}

size_t slab_rest(const struct slab *slab, const void *memory)
{
    return SLAB_SIZE - ((uintptr_t)memory - (uintptr_t)slab);
}
