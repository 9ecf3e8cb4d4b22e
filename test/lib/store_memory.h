/* SPDX-License-Identifier: MIT */
/*
 * store_memory - a backend of the store for tests: it logs its calls, and fails or hangs on demand.
 *
 * Embedded in the test, which sets the fields while no commit runs.
 */
#ifndef PROCJON_TEST_STORE_MEMORY_H
#define PROCJON_TEST_STORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "store/store_backend.h"

struct store_memory {
    /*
     * Each commit adds "[", a word for each write, and "]", or "!" if it failed; the close adds "closed".
     * What does not fit is left out.
     */
    char log[4096];
    size_t length;
    int commits, loads, closes;
    size_t rows_max; /* of the largest commit */
    int failures;    /* so many commits from now on fail with `code` */
    int code;
    uint64_t refused; /* event whose write is refused; 0: none */
    bool hangs;       /* the next commit posts `hanging` and waits for `go` */
    uv_sem_t hanging, go;
};

void store_memory_init(struct store_memory *memory, struct store_backend *backend);

/* After the store is closed. */
void store_memory_fini(struct store_memory *memory);

#endif
