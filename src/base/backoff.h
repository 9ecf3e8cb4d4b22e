/* SPDX-License-Identifier: MIT */
/*
 * backoff - how long to wait before the next try.
 *
 * A pure value: no clock, no timer. The n-th wait is first × factor^n, at most `max`, then spread by ±
 * `jitter` (a fraction), so that a thousand peers that failed together do not come back together.
 * Milliseconds.
 */
#ifndef PROCJON_BASE_BACKOFF_H
#define PROCJON_BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint64_t first; /* ms */
    uint64_t max;   /* ms */
    double factor;
    double jitter;
    double next;   /* ms before jitter; 0 = `first` */
    uint64_t seed; /* state of the generator, any value */
};

/* The next wait. */
uint64_t backoff_next(struct backoff *backoff);

/* After a success: the next wait is the first again. */
void backoff_reset(struct backoff *backoff);

#endif
