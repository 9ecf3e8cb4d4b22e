/* SPDX-License-Identifier: MIT */
/*
 * history - forgets what happened too long ago.
 *
 * Embedded in the pipeline; after history_close the memory must stay until `closed` was called. Loop thread
 * only. It has the store forget a few events at a time, with a pause after each, until there is nothing old
 * left, and then looks again after a while: years of history go without anybody waiting for it.
 */
#ifndef PROCJON_ALERT_HISTORY_H
#define PROCJON_ALERT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"
#include "store/store.h"

struct history_times {
    uint64_t first_ms; /* after the start: the rush of a start is over by then */
    uint64_t pause_ms; /* between two steps of one sweep */
    uint64_t rest_ms;  /* between two sweeps */
};

struct history {
    struct uvx_owner owner; /* the timer, and a hold for a write on its way */
    uv_timer_t timer;
    struct store *store;
    const struct history_times *times;
    long days;
    size_t forgotten; /* in this step */
    size_t swept;     /* in this sweep */
    void (*closed)(struct history *history);
};

/* `days` 0: everything is kept for ever. */
void history_open(struct history *history, uv_loop_t *loop, struct store *store, long days);

/* The same with other times than the usual ones; `times` must outlive it. */
void history_open_timed(struct history *history, uv_loop_t *loop, struct store *store, long days,
                        const struct history_times *times);

/* Before the store is closed. Idempotent. */
void history_close(struct history *history, void (*closed)(struct history *history));

#endif
