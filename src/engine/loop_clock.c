/* SPDX-License-Identifier: MIT */
#include "engine/loop_clock.h"

uint64_t loop_clock_ends(const uv_loop_t *loop)
{
    return uv_now(loop) + LOOP_CLOCK_EPOCH_MS;
}

uint64_t loop_clock_begins(const uv_loop_t *loop)
{
    return loop_clock_ends(loop) + 1;
}

int64_t loop_clock_on_wall(const uv_loop_t *loop, int64_t wall_ms, uint64_t moment_ms)
{
    return wall_ms + (int64_t)moment_ms - (int64_t)loop_clock_begins(loop);
}

uint64_t loop_clock_elapsed(int64_t wall_ms, int64_t moment_ms)
{
    uint64_t elapsed = wall_ms > moment_ms ? (uint64_t)(wall_ms - moment_ms) : 0;

    return elapsed < LOOP_CLOCK_EPOCH_MS ? elapsed : LOOP_CLOCK_EPOCH_MS;
}
