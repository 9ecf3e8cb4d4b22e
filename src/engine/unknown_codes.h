/* SPDX-License-Identifier: MIT */
/*
 * unknown_codes - the unregistered status codes of one service that were logged already, so that each is
 * logged once.
 *
 * A value, embedded in its owner; empty when zeroed. It allocates memory with the first code, which
 * unknown_codes_fini frees.
 */
#ifndef PROCJON_ENGINE_UNKNOWN_CODES_H
#define PROCJON_ENGINE_UNKNOWN_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as a service can register. A service that sends more sends a counter, which would fill the log. */
#define UNKNOWN_CODES_MAX 256

struct unknown_codes {
    int32_t *codes; /* sorted */
    size_t count;
};

/* Adds the code, and returns whether it is new; false as well when the set is full. */
bool unknown_codes_add(struct unknown_codes *unknown_codes, int32_t code);

/* No further code is added. */
bool unknown_codes_full(const struct unknown_codes *unknown_codes);

void unknown_codes_fini(struct unknown_codes *unknown_codes);

#endif
