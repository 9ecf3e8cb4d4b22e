/* SPDX-License-Identifier: MIT */
#include "grpc/h2_memory.h"

#include <stdlib.h>
#include <string.h>

static void *take(size_t size, void *user)
{
    void *memory = slab_take(user, size);

    return memory != NULL ? memory : malloc(size);
}

static void *take_zeroed(size_t count, size_t size, void *user)
{
    void *memory = slab_take(user, count * size);

    return memory != NULL ? memory : calloc(count, size);
}

static void give(void *memory, void *user)
{
    if (!slab_has(user, memory))
        free(memory);
}

static void *resize(void *old, size_t size, void *user)
{
    size_t rest;
    void *memory;

    if (old == NULL)
        return take(size, user);
    if (!slab_has(user, old))
        return realloc(old, size);
    memory = malloc(size);
    rest = slab_rest(user, old); /* at least the old size */
    if (memory != NULL)
        memcpy(memory, old, size < rest ? size : rest);
    return memory;
}

nghttp2_mem h2_memory(struct slab *slab)
{
    return (nghttp2_mem){slab, take, give, take_zeroed, resize};
}
