/* SPDX-License-Identifier: MIT */
/*
 * token_bucket - a token bucket: `burst` tokens at once, then `rate` tokens a second.
 *
 * A pure value; time is an argument, in milliseconds of a clock that does not step back. token_bucket_init
 * fills it.
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

/* Adds the tokens of the time since the last call, and returns whether there is one. */
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

/* Takes `price` tokens after token_bucket_has, when the price is known only afterwards. The balance may
 * become negative. */
static inline void token_bucket_charge(struct token_bucket *bucket, double price)
{
    bucket->tokens -= price;
}

/* Takes a token; false: there is none. */
static inline bool token_bucket_take(struct token_bucket *bucket, uint64_t now_ms)
{
    if (!token_bucket_has(bucket, now_ms))
        return false;
    token_bucket_charge(bucket, 1);
    return true;
}

#endif
