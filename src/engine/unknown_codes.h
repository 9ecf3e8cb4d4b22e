/* SPDX-License-Identifier: MIT */
/*
 * unknown_codes - the unregistered codes of one service that the log has been told of, so that it is told
 * once.
 *
 * A value, empty when zeroed: it has memory only once there is a code to remember. unknown_codes_fini frees
 * that.
 */
#ifndef PROCJON_ENGINE_UNKNOWN_CODES_H
#define PROCJON_ENGINE_UNKNOWN_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as a service can register. More that it did not register are a counter, which would fill a log. */
#define UNKNOWN_CODES_MAX 256

struct unknown_codes {
    int32_t *codes; /* sorted */
    size_t count;
};

/* Whether this code is worth a line; it is remembered. */
bool unknown_codes_add(struct unknown_codes *warned, int32_t code);

/* No other code is worth a line from here on. */
bool unknown_codes_full(const struct unknown_codes *warned);

void unknown_codes_fini(struct unknown_codes *warned);

#endif
