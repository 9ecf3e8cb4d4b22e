/* SPDX-License-Identifier: MIT */
/*
 * backoff - the wait before the next attempt, exponential with jitter (gRPC, doc/connection-backoff.md).
 *
 * A pure value: no clock, no timer. The n-th wait is first × factor^n, at most `max`, then changed at random
 * by up to ± `jitter` (a fraction), so that peers which failed together do not retry together. Milliseconds.
 */
#ifndef PROCJON_BASE_BACKOFF_H
#define PROCJON_BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint64_t first; /* ms */
    uint64_t max;   /* ms */
    double factor;
    double jitter;
    double next;   /* ms before jitter; 0: `first` */
    uint64_t seed; /* state of the generator, any value */
};

/* The next wait, in milliseconds. */
uint64_t backoff_next(struct backoff *backoff);

/* After a success: the next wait is the first again. */
void backoff_reset(struct backoff *backoff);

#endif
