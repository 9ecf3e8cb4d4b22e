/* SPDX-License-Identifier: MIT */
/*
 * counted - how often memory was asked for, a timer started and a stream written to since the test set it to
 * 0.
 *
 * For programs that are linked with --wrap for these calls (see meson.build).
 */
#ifndef PROCJON_TEST_COUNTED_H
#define PROCJON_TEST_COUNTED_H

extern unsigned counted_allocations, counted_timer_starts, counted_writes;

/* Counts the memory that libuv asks for as well; before the first call of it. */
void counted_libuv(void);

#endif
