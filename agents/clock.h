/* SPDX-License-Identifier: MIT */
/*
 * clock - milliseconds of a clock that does not step, as poll(2) wants to know them.
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

/* The timeout for a poll that is to end then, or earlier: whoever waits looks at the clock again. */
static inline int clock_until(uint64_t due_ms)
{
    uint64_t now = clock_now();
    uint64_t left = due_ms > now ? due_ms - now : 0;

    return left < INT_MAX ? (int)left : INT_MAX;
}

#endif
