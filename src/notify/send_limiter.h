/* SPDX-License-Identifier: MIT */
/*
 * limiter - when the next request may go to a sink.
 *
 * A pure value: time is an input, milliseconds of any clock that does not go back. A token bucket sets the
 * speed in good times; each bad answer sets an earliest time for the next try.
 */
#ifndef PROCJON_NOTIFY_SEND_LIMITER_H
#define PROCJON_NOTIFY_SEND_LIMITER_H

#include <stdint.h>

#include "base/backoff.h"
#include "base/token_bucket.h"

struct send_limiter_limits {
    uint64_t interval_ms; /* one message per this time */
    uint64_t burst;       /* messages that may go at once after a quiet time */
    uint64_t slow_ms;     /* for how long the speed is halved after the sink said "too many" */
    uint64_t pause_ms;    /* shortest pause then */
    uint64_t spread_ms;   /* the pause is longer by a random part of this */
    uint64_t retry_ms;    /* first wait after a failure; doubles */
    uint64_t retry_max_ms;
    uint64_t probe_ms; /* between two tries of a sink that takes nothing any more */
};

struct send_limiter {
    const struct send_limiter_limits *limits;
    struct token_bucket bucket;
    uint64_t ready_ms; /* nothing goes before */
    uint64_t slow_until_ms;
    struct backoff retry, spread;
};

/* A full bucket. `limits` must outlive the limiter. Any `seed`. */
void send_limiter_init(struct send_limiter *limiter, const struct send_limiter_limits *limits,
                       uint64_t now_ms, uint64_t seed);

/* 0: a request may go, and is counted. Else the milliseconds to wait before asking again. */
uint64_t send_limiter_take(struct send_limiter *limiter, uint64_t now_ms);

/* What became of it: it was taken; it may be tried again; too many, come back in `wait_ms`; nobody is there.
 */
void send_limiter_took(struct send_limiter *limiter);
void send_limiter_failed(struct send_limiter *limiter, uint64_t now_ms);
void send_limiter_limited(struct send_limiter *limiter, uint64_t now_ms, uint64_t wait_ms);
void send_limiter_gone(struct send_limiter *limiter, uint64_t now_ms);

#endif
