/* SPDX-License-Identifier: MIT */
/*
 * token_bucket - a token bucket: so many at once, so many per second after that.
 *
 * Pure; time is an argument, in milliseconds of any clock that does not step back. token_bucket_init leaves
 * it full.
 */
#ifndef PROCJON_BASE_TOKEN_BUCKET_H
#define PROCJON_BASE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct token_bucket {
    double tokens;
    double burst;
    double rate; /* tokens a second */
    uint64_t at_ms;
};

static inline void token_bucket_init(struct token_bucket *bucket, double burst, double rate, uint64_t now_ms)
{
    *bucket = (struct token_bucket){.tokens = burst, .burst = burst, .rate = rate, .at_ms = now_ms};
}

/* Whether there is a token. */
static inline bool token_bucket_has(struct token_bucket *bucket, uint64_t now_ms)
{
    if (now_ms > bucket->at_ms) {
        bucket->tokens += (double)(now_ms - bucket->at_ms) * bucket->rate / 1000;
        if (bucket->tokens > bucket->burst)
            bucket->tokens = bucket->burst;
        bucket->at_ms = now_ms;
    }
    return bucket->tokens >= 1;
}

/* For what has no price before it is done, after token_bucket_has: it may leave a debt. */
static inline void token_bucket_charge(struct token_bucket *bucket, double price)
{
    bucket->tokens -= price;
}

/* False: none left. */
static inline bool token_bucket_take(struct token_bucket *bucket, uint64_t now_ms)
{
    if (!token_bucket_has(bucket, now_ms))
        return false;
    token_bucket_charge(bucket, 1);
    return true;
}

#endif
