/* SPDX-License-Identifier: MIT */
/*
 * absence - notices that the loop itself was away: the process stopped, the machine suspended.
 *
 * Embedded in its owner; after absence_close the memory must stay until `closed` was called. Loop thread
 * only. It looks once per turn, after the loop has read what had piled up and before a timer runs. The loop
 * must turn at least every ABSENCE_TURN_MS by itself.
 *
 * Without it everybody would have been silent for as long as nobody listened.
 */
#ifndef PROCJON_MONITOR_ABSENCE_H
#define PROCJON_MONITOR_ABSENCE_H

#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"

/* The owner has a timer that fires this often. */
#define ABSENCE_TURN_MS 5000
/* A turn that comes later than this was not merely slow. */
#define ABSENCE_NOTICED_MS (ABSENCE_TURN_MS + 2000)

struct absence;

struct absence_ops {
    /* `absence_ms`: by how much uv_now jumped; 0 if its clock stood still too (suspended). */
    void (*returned)(struct absence *absence, uint64_t absence_ms);
    void (*closed)(struct absence *absence);
};

struct absence {
    struct uvx_owner owner;
    uv_check_t check;
    const struct absence_ops *ops;
    uint64_t turn_ms;     /* uv_now of the last turn */
    int64_t suspended_ms; /* what the machine has spent suspended since it booted */
};

void absence_open(struct absence *absence, uv_loop_t *loop, const struct absence_ops *ops);
void absence_close(struct absence *absence);

#endif
