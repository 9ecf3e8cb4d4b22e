/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "mem"
#include "base/log.h"

static void *or_die(void *memory, size_t size)
{
    if (memory == NULL) {
        log_error("out of memory size=%zu", size);
        abort();
    }
    return memory;
}

void *mem_alloc(size_t size)
{
    return or_die(malloc(size > 0 ? size : 1), size);
}

void *mem_zalloc(size_t size)
{
    return or_die(calloc(1, size > 0 ? size : 1), size);
}

void *mem_realloc(void *old, size_t size)
{
    return or_die(realloc(old, size > 0 ? size : 1), size);
}

char *mem_strndup(const char *text, size_t size)
{
    char *copy = mem_alloc(size + 1);

    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

void mem_replace(char **string, const char *with)
{
    char *copy = mem_strdup(with); /* before the free: `with` may be a part of the old string */

    free(*string);
    *string = copy;
}
