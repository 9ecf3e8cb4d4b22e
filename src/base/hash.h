/* SPDX-License-Identifier: MIT */
/*
 * hash - uthash as this project uses it: include this instead of <uthash.h>.
 *
 * Tables allocate with mem.h and cannot fail; uthash itself ends the process with exit(-1), without a
 * message. The hash function is SipHash-1-3 with a key of this process, because peers choose the keys of most
 * tables (service identifiers): with a function that has no key, such as uthash's own, they can compute
 * identifiers that all fall into one bucket, and every look-up walks through all of them.
 */
#ifndef PROCJON_BASE_HASH_H
#define PROCJON_BASE_HASH_H

#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"

/* Different in every process, so it must not be stored or sent. Any thread. */
unsigned hash_bytes(const void *bytes, size_t size);

#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) free(memory)
#define HASH_FUNCTION(key, size, value) ((value) = hash_bytes(key, size))

#include <uthash.h> /* IWYU pragma: export */

#endif
