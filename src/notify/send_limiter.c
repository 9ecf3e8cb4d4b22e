/* SPDX-License-Identifier: MIT */
#include "notify/send_limiter.h"

/* A pause is at most this long, whatever Retry-After says: a wrong header must not cost a day of alerts. */
#define SEND_LIMITER_PAUSE_MAX_MS 3600000

#define SEND_LIMITER_RETRY_FACTOR 2.0
#define SEND_LIMITER_RETRY_JITTER 0.5

void send_limiter_init(struct send_limiter *limiter, const struct send_limiter_limits *limits,
                       uint64_t now_ms, uint64_t seed)
{
    *limiter = (struct send_limiter){
        .limits = limits,
        .retry = {.first = limits->retry_ms,
                  .max = limits->retry_max_ms,
                  .factor = SEND_LIMITER_RETRY_FACTOR,
                  .jitter = SEND_LIMITER_RETRY_JITTER,
                  .seed = seed},
        /* Half of it ± 100 %: uniform between 0 and all of it. */
        .spread = {.first = limits->spread_ms / 2,
                   .max = limits->spread_ms / 2,
                   .factor = 1,
                   .jitter = 1,
                   .seed = ~seed},
    };
    token_bucket_init(&limiter->bucket, (double)limits->burst, 1000.0 / (double)limits->interval_ms, now_ms);
}

uint64_t send_limiter_take(struct send_limiter *limiter, uint64_t now_ms)
{
    const struct send_limiter_limits *limits = limiter->limits;
    bool slow = now_ms < limiter->slow_until_ms;

    if (now_ms < limiter->ready_ms)
        return limiter->ready_ms - now_ms;
    limiter->bucket.rate = 1000.0 / (double)limits->interval_ms / (slow ? 2 : 1);
    limiter->bucket.burst = slow ? 1 : (double)limits->burst;
    if (token_bucket_take(&limiter->bucket, now_ms))
        return 0;
    return (uint64_t)((1 - limiter->bucket.tokens) * 1000 / limiter->bucket.rate) + 1;
}

void send_limiter_accepted(struct send_limiter *limiter)
{
    limiter->ready_ms = 0;
    backoff_reset(&limiter->retry);
}

void send_limiter_failed(struct send_limiter *limiter, uint64_t now_ms)
{
    limiter->ready_ms = now_ms + backoff_next(&limiter->retry);
}

void send_limiter_rate_limited(struct send_limiter *limiter, uint64_t now_ms, uint64_t wait_ms)
{
    if (wait_ms < limiter->limits->pause_ms)
        wait_ms = limiter->limits->pause_ms;
    if (wait_ms > SEND_LIMITER_PAUSE_MAX_MS)
        wait_ms = SEND_LIMITER_PAUSE_MAX_MS;
    limiter->ready_ms = now_ms + wait_ms + backoff_next(&limiter->spread);
    limiter->slow_until_ms = limiter->ready_ms + limiter->limits->slow_ms;
}

void send_limiter_disabled(struct send_limiter *limiter, uint64_t now_ms)
{
    limiter->ready_ms = now_ms + limiter->limits->probe_ms;
}
