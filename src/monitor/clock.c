/* SPDX-License-Identifier: MIT */
#include "monitor/clock.h"

uint64_t clock_ends(const uv_loop_t *loop)
{
    return uv_now(loop) + CLOCK_EPOCH_MS;
}

uint64_t clock_begins(const uv_loop_t *loop)
{
    return clock_ends(loop) + 1;
}

int64_t clock_on_wall(const uv_loop_t *loop, int64_t wall_ms, uint64_t moment_ms)
{
    return wall_ms + (int64_t)moment_ms - (int64_t)clock_begins(loop);
}

uint64_t clock_elapsed(int64_t wall_ms, int64_t moment_ms)
{
    uint64_t elapsed = wall_ms > moment_ms ? (uint64_t)(wall_ms - moment_ms) : 0;

    return elapsed < CLOCK_EPOCH_MS ? elapsed : CLOCK_EPOCH_MS;
}
