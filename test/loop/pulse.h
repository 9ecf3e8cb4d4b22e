/* SPDX-License-Identifier: MIT */
/*
 * pulse - whether a loop goes on: virtual_clock, a watchdog that fails the test when it does not end, and a
 * tick that is there every PULSE_TICK_MS unless something holds up the loop.
 *
 * Embedded in the bed. After pulse_close the loop must run until it is empty.
 */
#ifndef PROCJON_TEST_PULSE_H
#define PROCJON_TEST_PULSE_H

#include <stdint.h>
#include <uv.h>

#define PULSE_TICK_MS 50
/* Far more than any test waits. */
#define PULSE_WATCHDOG_MS 20000

struct pulse {
    uv_timer_t watchdog, tick;
    uint64_t ticks;
};

void pulse_open(struct pulse *pulse, uv_loop_t *loop);
/* From here on ticks are counted. */
void pulse_take(struct pulse *pulse);
void pulse_close(struct pulse *pulse);

#endif
