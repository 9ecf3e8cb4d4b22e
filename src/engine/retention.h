/* SPDX-License-Identifier: MIT */
/*
 * retention - deletes events that are older than the configured number of days.
 *
 * Embedded in the engine; after retention_close the memory must stay until `closed` was called. Loop thread
 * only. A sweep deletes a few events at a time, with a pause after each step, until no old event is left, so
 * that other writes to the disk are not delayed. The next sweep follows after a while.
 */
#ifndef PROCJON_ENGINE_RETENTION_H
#define PROCJON_ENGINE_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"
#include "store/store.h"

struct retention_times {
    uint64_t first_ms;    /* from the start to the first sweep: when agents have connected again */
    uint64_t pause_ms;    /* between two steps of one sweep */
    uint64_t interval_ms; /* from the end of a sweep to the next one */
};

struct retention {
    struct uvx_owner owner; /* the timer, and a hold for a step that is on its way */
    uv_timer_t timer;
    struct store *store;
    const struct retention_times *times;
    long days;
    size_t pruned; /* events, in this step; written by the store */
    size_t swept;  /* events, in this sweep */
    void (*closed)(struct retention *retention);
};

/* `days` 0: no event is ever deleted. */
void retention_open(struct retention *retention, uv_loop_t *loop, struct store *store, long days);

/* The same with other times than the default ones; `times` must outlive it. */
void retention_open_timed(struct retention *retention, uv_loop_t *loop, struct store *store, long days,
                          const struct retention_times *times);

/* Before the store is closed. Idempotent. `closed` is called once, from the loop, when the last step is
 * answered. */
void retention_close(struct retention *retention, void (*closed)(struct retention *retention));

#endif
