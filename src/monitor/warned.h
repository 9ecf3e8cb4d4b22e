/* SPDX-License-Identifier: MIT */
/*
 * warned - the unregistered codes of one service that the log has been told of, so that it is told once.
 *
 * A plain value, empty when zeroed.
 */
#ifndef PROCJON_MONITOR_WARNED_H
#define PROCJON_MONITOR_WARNED_H

#include <stdbool.h>
#include <stdint.h>

/* An agent that sends so many different ones needs no more lines. */
#define WARNED_MAX 8

struct warned {
    unsigned count;
    int32_t codes[WARNED_MAX];
};

/* Whether this code is worth a line; it is remembered. */
static inline bool warned_add(struct warned *warned, int32_t code)
{
    for (unsigned i = 0; i < warned->count; i++) {
        if (warned->codes[i] == code)
            return false;
    }
    if (warned->count == WARNED_MAX)
        return false;
    warned->codes[warned->count++] = code;
    return true;
}

#endif
