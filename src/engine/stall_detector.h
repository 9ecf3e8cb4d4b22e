/* SPDX-License-Identifier: MIT */
/*
 * stall_detector - notices that the loop itself was away: the process stopped, the machine suspended.
 *
 * Embedded in its owner; after stall_detector_close the memory must stay until `closed` was called. Loop
 * thread only. It looks once per turn, after the loop has read what had piled up and before a timer runs. The
 * loop must turn at least every STALL_DETECTOR_TURN_MS by itself.
 *
 * Without it everybody would have been silent for as long as nobody listened.
 */
#ifndef PROCJON_ENGINE_STALL_DETECTOR_H
#define PROCJON_ENGINE_STALL_DETECTOR_H

#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"

/* The owner has a timer that fires this often. */
#define STALL_DETECTOR_TURN_MS 5000
/* A turn that comes later than this was not merely slow. */
#define STALL_DETECTOR_NOTICED_MS (STALL_DETECTOR_TURN_MS + 2000)

struct stall_detector;

struct stall_detector_ops {
    /* `stalled_ms`: by how much uv_now jumped; 0 if its clock stood still too (suspended). */
    void (*returned)(struct stall_detector *absence, uint64_t stalled_ms);
    void (*closed)(struct stall_detector *absence);
};

struct stall_detector {
    struct uvx_owner owner;
    uv_check_t check;
    const struct stall_detector_ops *ops;
    uint64_t turn_ms;     /* uv_now of the last turn */
    int64_t suspended_ms; /* what the machine has spent suspended since it booted */
};

void stall_detector_open(struct stall_detector *absence, uv_loop_t *loop,
                         const struct stall_detector_ops *ops);
void stall_detector_close(struct stall_detector *absence);

#endif
