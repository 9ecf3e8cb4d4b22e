/* SPDX-License-Identifier: MIT */
/*
 * stall_detector - notices that the loop did not run for a while: the process was stopped, or the machine
 * suspended.
 *
 * Without it every service would count as silent for the time in which the server read nothing.
 *
 * Embedded in its owner; after stall_detector_close the memory must stay until `closed` was called. Loop
 * thread only. It looks once per iteration of the loop, after the loop has read what had arrived and before
 * it runs timers again. The owner must have a timer that fires at least every STALL_DETECTOR_TURN_MS.
 */
#ifndef PROCJON_ENGINE_STALL_DETECTOR_H
#define PROCJON_ENGINE_STALL_DETECTOR_H

#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"

/* The longest iteration of a loop that runs: the period of the owner's timer. */
#define STALL_DETECTOR_TURN_MS 5000
/* A longer iteration than this was a stall: two seconds more than usual are no slow callback. */
#define STALL_DETECTOR_NOTICED_MS (STALL_DETECTOR_TURN_MS + 2000)

struct stall_detector;

struct stall_detector_ops {
    /* The loop runs again. `stalled_ms` is by how much uv_now jumped; 0 if that clock stood still too,
     * because the machine was suspended. */
    void (*stalled)(struct stall_detector *detector, uint64_t stalled_ms);
    /* The handle is closed. Called once, from the loop. */
    void (*closed)(struct stall_detector *detector);
};

struct stall_detector {
    struct uvx_owner owner;
    uv_check_t check;
    const struct stall_detector_ops *ops;
    uint64_t turn_ms;     /* uv_now of the last iteration */
    int64_t suspended_ms; /* how long the machine has been suspended since it booted */
};

/* `ops` must outlive the detector. */
void stall_detector_open(struct stall_detector *detector, uv_loop_t *loop,
                         const struct stall_detector_ops *ops);

/* Idempotent. */
void stall_detector_close(struct stall_detector *detector);

#endif
