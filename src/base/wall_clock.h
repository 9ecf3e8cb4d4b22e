/* SPDX-License-Identifier: MIT */
/*
 * wall_clock - the clock on the wall, which people read and which may be set: never for a deadline. Any
 * thread.
 */
#ifndef PROCJON_BASE_WALL_CLOCK_H
#define PROCJON_BASE_WALL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since 1970. */
static inline int64_t wall_clock_now(void)
{
    struct timespec now;

    /* Cannot fail: the clock exists, the pointer is good. */
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
