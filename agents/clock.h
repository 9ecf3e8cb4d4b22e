/* SPDX-License-Identifier: MIT */
/*
 * clock - CLOCK_MONOTONIC in milliseconds, for poll(2). Any thread.
 */
#ifndef PROCJON_AGENTS_CLOCK_H
#define PROCJON_AGENTS_CLOCK_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_NEVER UINT64_MAX

static inline uint64_t clock_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The timeout of a poll(2) that ends at `due_ms` or earlier: compare the time again afterwards. */
static inline int clock_until(uint64_t due_ms)
{
    uint64_t now = clock_now();
    uint64_t left = due_ms > now ? due_ms - now : 0;

    return left < INT_MAX ? (int)left : INT_MAX;
}

#endif
