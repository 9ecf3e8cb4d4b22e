/* SPDX-License-Identifier: MIT */
/*
 * warned - the unregistered codes of one service that the log has been told of, so that it is told once.
 *
 * A value, empty when zeroed: it has memory only once there is a code to remember. warned_fini frees that.
 */
#ifndef PROCJON_MONITOR_WARNED_H
#define PROCJON_MONITOR_WARNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as a service can register. More that it did not register are a counter, which would fill a log. */
#define WARNED_MAX 256

struct warned {
    int32_t *codes; /* sorted */
    size_t count;
};

/* Whether this code is worth a line; it is remembered. */
bool warned_add(struct warned *warned, int32_t code);

/* No other code is worth a line from here on. */
bool warned_full(const struct warned *warned);

void warned_fini(struct warned *warned);

#endif
