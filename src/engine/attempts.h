/* SPDX-License-Identifier: MIT */
/*
 * attempts - how often one service has reported since the process began, and the number that somebody waits
 * for.
 *
 * A plain value, empty when zeroed.
 */
#ifndef PROCJON_ENGINE_ATTEMPTS_H
#define PROCJON_ENGINE_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>

struct attempts {
    uint64_t reports;
    uint64_t awaited; /* 0: nobody waits */
};

static inline bool attempts_reached(const struct attempts *tally)
{
    return tally->awaited != 0 && tally->reports >= tally->awaited;
}

/* The nearest of the numbers waited for is kept: whoever waits for a later one asks again when it is reached.
 */
static inline void attempts_await(struct attempts *tally, uint64_t reports)
{
    if (tally->awaited == 0 || reports < tally->awaited)
        tally->awaited = reports;
}

#endif
