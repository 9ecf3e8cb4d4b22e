/* SPDX-License-Identifier: MIT */
/*
 * turn - runs a libuv loop inside somebody else's program: to its end, or step by step behind one descriptor.
 *
 * Embedded in the loop's owner. turn_fd makes an epoll descriptor that is readable when the loop has
 * something to do, its timers included (libuv, "Embedding in other event loops"). Writing to a peer that has
 * gone raises SIGPIPE, which the host program may not expect: it is blocked and swallowed while the loop
 * runs.
 */
#ifndef PROCJON_LIB_TURN_H
#define PROCJON_LIB_TURN_H

#include <stdbool.h>
#include <uv.h>

struct turn {
    uv_loop_t *loop;
    int epoll, timer; /* -1: not made */
};

void turn_init(struct turn *turn, uv_loop_t *loop);
void turn_fini(struct turn *turn);

/* The descriptor, or a negative errno value. */
int turn_fd(struct turn *turn);

/* Until the loop has nothing left to wait for. */
void turn_run(struct turn *turn);

/* What is to be done now; false: the loop has nothing left to wait for. */
bool turn_step(struct turn *turn);

#endif
