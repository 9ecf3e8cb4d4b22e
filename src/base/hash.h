/* SPDX-License-Identifier: MIT */
/*
 * hash - uthash as this project uses it: include this instead of <uthash.h>.
 *
 * Tables allocate as everything else does, and cannot fail; uthash's own answer to a failed allocation is
 * exit(-1), without a word. The hash function is not its default one, which falls through its cases without
 * saying so: clang does not let that pass.
 */
#ifndef PROCJON_BASE_HASH_H
#define PROCJON_BASE_HASH_H

#include <stdlib.h>

#include "base/mem.h"

#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(memory, size) free(memory)
#define HASH_FUNCTION HASH_OAT

#include <uthash.h> /* IWYU pragma: export */

#endif
