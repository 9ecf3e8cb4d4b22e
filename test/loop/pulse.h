/* SPDX-License-Identifier: MIT */
/*
 * pulse - whether a loop makes progress: a watchdog that fails a test that does not end, and a tick every
 * PULSE_TICK_MS that shows whether the loop was blocked. In virtual time (see virtual_clock.h).
 *
 * Embedded in the bed. After pulse_close the loop must run until it is empty.
 */
#ifndef PROCJON_TEST_PULSE_H
#define PROCJON_TEST_PULSE_H

#include <stdint.h>
#include <uv.h>

#define PULSE_TICK_MS 50
/* Much more than any test waits, in virtual milliseconds. */
#define PULSE_WATCHDOG_MS 20000

struct pulse {
    uv_timer_t watchdog, tick;
    uint64_t ticks;
};

/* Starts the virtual clock and the watchdog. */
void pulse_open(struct pulse *pulse, uv_loop_t *loop);
/* Counts the ticks from now on. */
void pulse_count(struct pulse *pulse);
void pulse_close(struct pulse *pulse);

#endif
