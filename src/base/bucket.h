/* SPDX-License-Identifier: MIT */
/*
 * bucket - a token bucket: so many at once, so many per second after that.
 *
 * Pure; time is an argument, in milliseconds of any clock that does not step back. bucket_init leaves it
 * full.
 */
#ifndef PROCJON_BASE_BUCKET_H
#define PROCJON_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    double tokens;
    double burst;
    double rate; /* tokens a second */
    uint64_t at_ms;
};

static inline void bucket_init(struct bucket *bucket, double burst, double rate, uint64_t now_ms)
{
    *bucket = (struct bucket){.tokens = burst, .burst = burst, .rate = rate, .at_ms = now_ms};
}

/* Whether there is a token. */
static inline bool bucket_has(struct bucket *bucket, uint64_t now_ms)
{
    if (now_ms > bucket->at_ms) {
        bucket->tokens += (double)(now_ms - bucket->at_ms) * bucket->rate / 1000;
        if (bucket->tokens > bucket->burst)
            bucket->tokens = bucket->burst;
        bucket->at_ms = now_ms;
    }
    return bucket->tokens >= 1;
}

/* For what has no price before it is done, after bucket_has: it may leave a debt. */
static inline void bucket_charge(struct bucket *bucket, double price)
{
    bucket->tokens -= price;
}

/* False: none left. */
static inline bool bucket_take(struct bucket *bucket, uint64_t now_ms)
{
    if (!bucket_has(bucket, now_ms))
        return false;
    bucket_charge(bucket, 1);
    return true;
}

#endif
