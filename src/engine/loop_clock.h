/* SPDX-License-Identifier: MIT */
/*
 * loop_clock - the loop's clock, which deadlines are measured by, and how it goes with the one on the wall
 * (base/wall.h), which people read.
 *
 * No state; milliseconds. The loop's clock is uv_now() plus LOOP_CLOCK_EPOCH_MS, as fresh as the loop's last
 * uv_update_time. It is cut to whole milliseconds, so it has two readings: what ends now is measured with the
 * lower one, what begins now with the upper one. No span is ever cut short by that, and each is at most 1 ms
 * too long.
 */
#ifndef PROCJON_ENGINE_LOOP_CLOCK_H
#define PROCJON_ENGINE_LOOP_CLOCK_H

#include <stdint.h>
#include <uv.h>

/*
 * The zero of uv_now() may be the boot of the machine, and services were heard before that: with this (about
 * 139 years) added their times stay positive. No timeout and no sensible wall clock reaches further back.
 */
#define LOOP_CLOCK_EPOCH_MS (UINT64_C(1) << 42)

static inline uint64_t loop_clock_ends(const uv_loop_t *loop)
{
    return uv_now(loop) + LOOP_CLOCK_EPOCH_MS;
}

static inline uint64_t loop_clock_begins(const uv_loop_t *loop)
{
    return loop_clock_ends(loop) + 1;
}

/* A moment of the loop's clock on the wall's, which shows `wall_ms` now. */
static inline int64_t loop_clock_on_wall(const uv_loop_t *loop, int64_t wall_ms, uint64_t moment_ms)
{
    return wall_ms + (int64_t)moment_ms - (int64_t)loop_clock_begins(loop);
}

/*
 * From a moment on the wall's clock to now; 0 for one in the future: the clock was set back since. At most
 * LOOP_CLOCK_EPOCH_MS: so far back no deadline reaches, and the loop's clock stays positive.
 */
static inline uint64_t loop_clock_elapsed(int64_t wall_ms, int64_t moment_ms)
{
    uint64_t elapsed = wall_ms > moment_ms ? (uint64_t)(wall_ms - moment_ms) : 0;

    return elapsed < LOOP_CLOCK_EPOCH_MS ? elapsed : LOOP_CLOCK_EPOCH_MS;
}

#endif
