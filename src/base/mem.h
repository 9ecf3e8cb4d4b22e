/* SPDX-License-Identifier: MIT */
/*
 * mem - allocation that does not return NULL.
 *
 * A size that a peer can influence is bounded by a named limit before it comes here, so a failure means that
 * the machine is out of memory: the process logs it and aborts, its supervisor restarts it, and the store has
 * all that was acknowledged. Any thread. Memory is freed with free(3).
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

/* Replaces the string, which may be NULL and is freed, by a copy of `with`. */
void mem_replace(char **string, const char *with);

#endif
