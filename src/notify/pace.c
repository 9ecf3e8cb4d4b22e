/* SPDX-License-Identifier: MIT */
#include "notify/pace.h"

/* No answer silences us for longer than this: a wrong number in a header must not cost a day of alarms. */
#define PACE_PAUSE_MAX_MS 3600000

#define PACE_RETRY_FACTOR 2.0
#define PACE_RETRY_JITTER 0.5

void pace_init(struct pace *pace, const struct pace_limits *limits, uint64_t now_ms, uint64_t seed)
{
    *pace = (struct pace){
        .limits = limits,
        .retry = {.first = limits->retry_ms,
                  .max = limits->retry_max_ms,
                  .factor = PACE_RETRY_FACTOR,
                  .jitter = PACE_RETRY_JITTER,
                  .seed = seed},
        /* Half ± all of the half: anything from nothing to the whole. */
        .spread = {.first = limits->spread_ms / 2,
                   .max = limits->spread_ms / 2,
                   .factor = 1,
                   .jitter = 1,
                   .seed = ~seed},
    };
    bucket_init(&pace->bucket, (double)limits->burst, 1000.0 / (double)limits->interval_ms, now_ms);
}

uint64_t pace_take(struct pace *pace, uint64_t now_ms)
{
    const struct pace_limits *limits = pace->limits;
    bool slow = now_ms < pace->slow_until_ms;

    if (now_ms < pace->ready_ms)
        return pace->ready_ms - now_ms;
    pace->bucket.rate = 1000.0 / (double)limits->interval_ms / (slow ? 2 : 1);
    pace->bucket.burst = slow ? 1 : (double)limits->burst;
    if (bucket_take(&pace->bucket, now_ms))
        return 0;
    return (uint64_t)((1 - pace->bucket.tokens) * 1000 / pace->bucket.rate) + 1;
}

void pace_took(struct pace *pace)
{
    pace->ready_ms = 0;
    backoff_reset(&pace->retry);
}

void pace_failed(struct pace *pace, uint64_t now_ms)
{
    pace->ready_ms = now_ms + backoff_next(&pace->retry);
}

void pace_limited(struct pace *pace, uint64_t now_ms, uint64_t wait_ms)
{
    if (wait_ms < pace->limits->pause_ms)
        wait_ms = pace->limits->pause_ms;
    if (wait_ms > PACE_PAUSE_MAX_MS)
        wait_ms = PACE_PAUSE_MAX_MS;
    pace->ready_ms = now_ms + wait_ms + backoff_next(&pace->spread);
    pace->slow_until_ms = pace->ready_ms + pace->limits->slow_ms;
}

void pace_gone(struct pace *pace, uint64_t now_ms)
{
    pace->ready_ms = now_ms + pace->limits->probe_ms;
}
