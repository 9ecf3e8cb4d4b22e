/* SPDX-License-Identifier: MIT */
/*
 * retention - forgets what happened too long ago.
 *
 * Embedded in the engine; after retention_close the memory must stay until `closed` was called. Loop thread
 * only. It has the store forget a few events at a time, with a pause after each, until there is nothing old
 * left, and then looks again after a while: years of history go without anybody waiting for it.
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
    uint64_t first_ms; /* after the start: the rush of a start is over by then */
    uint64_t pause_ms; /* between two steps of one sweep */
    uint64_t rest_ms;  /* between two sweeps */
};

struct retention {
    struct uvx_owner owner; /* the timer, and a hold for a write on its way */
    uv_timer_t timer;
    struct store *store;
    const struct retention_times *times;
    long days;
    size_t pruned; /* in this step */
    size_t swept;  /* in this sweep */
    void (*closed)(struct retention *history);
};

/* `days` 0: everything is kept for ever. */
void retention_open(struct retention *history, uv_loop_t *loop, struct store *store, long days);

/* The same with other times than the usual ones; `times` must outlive it. */
void retention_open_timed(struct retention *history, uv_loop_t *loop, struct store *store, long days,
                          const struct retention_times *times);

/* Before the store is closed. Idempotent. */
void retention_close(struct retention *history, void (*closed)(struct retention *history));

#endif
