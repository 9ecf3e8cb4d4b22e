/* SPDX-License-Identifier: MIT */
/*
 * mem - allocation that does not fail.
 *
 * Every size that somebody outside can influence is bounded by a named limit before it comes here, so running
 * out means that the machine itself is out of memory: the process says so and aborts, its supervisor restarts
 * it, and the store has everything that was promised. Any thread. Memory is given back with free(3).
 */
#ifndef PROCJON_BASE_MEM_H
#define PROCJON_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size) __attribute__((malloc, alloc_size(1), returns_nonnull));
void *mem_zalloc(size_t size) __attribute__((malloc, alloc_size(1), returns_nonnull));
void *mem_realloc(void *old, size_t size) __attribute__((alloc_size(2), returns_nonnull));
char *mem_strdup(const char *text) __attribute__((malloc, returns_nonnull));

/* A NUL-terminated copy of `size` bytes. */
char *mem_strndup(const char *text, size_t size) __attribute__((malloc, returns_nonnull));

/* The string is a copy of `with` now; the old one, which may be NULL, is freed. */
void mem_replace(char **string, const char *with);

#endif
