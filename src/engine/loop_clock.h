/* SPDX-License-Identifier: MIT */
/*
 * loop_clock - the clock of the loop, which measures deadlines, and its relation to the wall clock
 * (base/wall_clock.h), which people read.
 *
 * Stateless; milliseconds. The loop's clock is uv_now() plus LOOP_CLOCK_EPOCH_MS, as fresh as the last
 * uv_update_time of the loop. It is truncated to whole milliseconds, so it has two readings: a span that ends
 * now is measured with the lower one, a span that begins now with the upper one. No span is too short by
 * that, and each is at most 1 ms too long.
 */
#ifndef PROCJON_ENGINE_LOOP_CLOCK_H
#define PROCJON_ENGINE_LOOP_CLOCK_H

#include <stdint.h>
#include <uv.h>

/*
 * uv_now() may begin at 0 when the machine boots, and restored services were last seen before that. With this
 * addend (about 139 years) their times stay positive. It is longer than any timeout.
 */
#define LOOP_CLOCK_EPOCH_MS (UINT64_C(1) << 42)

/* Now, for a span that ends now. */
static inline uint64_t loop_clock_ends(const uv_loop_t *loop)
{
    return uv_now(loop) + LOOP_CLOCK_EPOCH_MS;
}

/* Now, for a span that begins now. */
static inline uint64_t loop_clock_begins(const uv_loop_t *loop)
{
    return loop_clock_ends(loop) + 1;
}

/* Converts a time of the loop's clock to the wall clock, which shows `wall_ms` now. */
static inline int64_t loop_clock_on_wall(const uv_loop_t *loop, int64_t wall_ms, uint64_t at_ms)
{
    return wall_ms + (int64_t)at_ms - (int64_t)loop_clock_begins(loop);
}

/*
 * The time from `at_ms` to `wall_ms`, both of the wall clock; 0 if `at_ms` is the later one, because the
 * clock was set back. At most LOOP_CLOCK_EPOCH_MS, so that the loop's clock stays positive.
 */
static inline uint64_t loop_clock_elapsed(int64_t wall_ms, int64_t at_ms)
{
    uint64_t elapsed = wall_ms > at_ms ? (uint64_t)(wall_ms - at_ms) : 0;

    return elapsed < LOOP_CLOCK_EPOCH_MS ? elapsed : LOOP_CLOCK_EPOCH_MS;
}

#endif
