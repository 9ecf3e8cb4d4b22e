/* SPDX-License-Identifier: MIT */
/*
 * tally - how often one service has reported since the process began, and the number that somebody waits for.
 *
 * A plain value, empty when zeroed.
 */
#ifndef PROCJON_MONITOR_TALLY_H
#define PROCJON_MONITOR_TALLY_H

#include <stdbool.h>
#include <stdint.h>

struct tally {
    uint64_t reports;
    uint64_t awaited; /* 0: nobody waits */
};

static inline bool tally_reached(const struct tally *tally)
{
    return tally->awaited != 0 && tally->reports >= tally->awaited;
}

/* The nearest of the numbers waited for is kept: whoever waits for a later one asks again when it is reached.
 */
static inline void tally_await(struct tally *tally, uint64_t reports)
{
    if (tally->awaited == 0 || reports < tally->awaited)
        tally->awaited = reports;
}

#endif
