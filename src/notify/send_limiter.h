/* SPDX-License-Identifier: MIT */
/*
 * send_limiter - when the next request may be sent to a sink: a rate limit and a back-off.
 *
 * A pure value: time is an input, in milliseconds of any monotonic clock. A token bucket limits the rate; a
 * failure sets the earliest time of the next attempt.
 */
#ifndef PROCJON_NOTIFY_SEND_LIMITER_H
#define PROCJON_NOTIFY_SEND_LIMITER_H

#include <stdint.h>

#include "base/backoff.h"
#include "base/token_bucket.h"

struct send_limiter_limits {
    uint64_t interval_ms;  /* the rate: one message in this time */
    uint64_t burst;        /* messages that may be sent at once after an idle time */
    uint64_t slow_ms;      /* the rate is halved for this long after "too many requests" */
    uint64_t pause_ms;     /* the shortest pause after "too many requests" */
    uint64_t spread_ms;    /* the pause is longer by a random part of this */
    uint64_t retry_ms;     /* the first wait after a failure; doubles with each further one */
    uint64_t retry_max_ms; /* the longest one */
    uint64_t probe_ms;     /* between two attempts at a sink that is disabled */
};

struct send_limiter {
    const struct send_limiter_limits *limits;
    struct token_bucket bucket;
    uint64_t ready_ms;      /* no request before this time */
    uint64_t slow_until_ms; /* half the rate before this time */
    struct backoff retry, spread;
};

/* Starts with a full bucket. `limits` must outlive the limiter. `seed` is for the jitter. */
void send_limiter_init(struct send_limiter *limiter, const struct send_limiter_limits *limits,
                       uint64_t now_ms, uint64_t seed);

/* 0: a request may be sent, and is counted. Else the milliseconds to wait before the next call. */
uint64_t send_limiter_take(struct send_limiter *limiter, uint64_t now_ms);

/* The sink has accepted the request: there is no wait before the next one but that for the rate. */
void send_limiter_accepted(struct send_limiter *limiter);

/* The request has failed: exponential back-off. */
void send_limiter_failed(struct send_limiter *limiter, uint64_t now_ms);

/* "Too many requests": a pause of at least `wait_ms` (0: the sink has named none), then half the rate. */
void send_limiter_rate_limited(struct send_limiter *limiter, uint64_t now_ms, uint64_t wait_ms);

/* The sink accepts no request until an administrator repairs it: probe it seldom. */
void send_limiter_disabled(struct send_limiter *limiter, uint64_t now_ms);

#endif
