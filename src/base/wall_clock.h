/* SPDX-License-Identifier: MIT */
/*
 * wall_clock - CLOCK_REALTIME in milliseconds since 1970. It may step: never use it for a deadline. Any
 * thread.
 */
#ifndef PROCJON_BASE_WALL_CLOCK_H
#define PROCJON_BASE_WALL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t wall_clock_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
