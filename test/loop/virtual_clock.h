/* SPDX-License-Identifier: MIT */
/*
 * virtual_clock - the clock of a test that judges time: milliseconds are exact, however busy the machine is.
 *
 * Linked into a test, it answers for the C library, to libuv and curl as well as to the code under test.
 * Until virtual_clock_start the clock is the real one. From then on it stands still while code runs, and
 * moves on only where the loop would sleep: by as much as it would sleep, once nothing more comes from the
 * kernel and no work of the thread pool is under way. Other threads are not known: a test that waits for one
 * does that before it starts the clock.
 *
 * A loop that always finds something ready is never idle: its time stands still for ever.
 *
 * CLOCK_MONOTONIC and CLOCK_REALTIME go together; clocks of CPU time stay real. Never goes back.
 */
#ifndef PROCJON_TEST_VIRTUAL_CLOCK_H
#define PROCJON_TEST_VIRTUAL_CLOCK_H

#include <stdint.h>

/* Legal at any time, and again. The next update of a loop's time sees it. */
void virtual_clock_start(void);
void virtual_clock_stop(void);

/* The process stands still for so long: to be seen by a loop at its next turn. */
void virtual_clock_pass(uint64_t ms);

/* What CLOCK_REALTIME shows from now on, state still; 0: it goes with the other again. */
extern int64_t virtual_clock_wall_ms;

#endif
