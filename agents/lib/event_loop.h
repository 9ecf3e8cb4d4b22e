/* SPDX-License-Identifier: MIT */
/*
 * turn - runs a libuv loop inside somebody else's program: to its end, or step by step behind one descriptor.
 *
 * Embedded in the loop's owner. event_loop_fd makes an epoll descriptor that is readable when the loop has
 * something to do, its timers included (libuv, "Embedding in other event loops"). Writing to a peer that has
 * gone raises SIGPIPE, which the host program may not expect: it is blocked and swallowed while the loop
 * runs.
 */
#ifndef PROCJON_LIB_EVENT_LOOP_H
#define PROCJON_LIB_EVENT_LOOP_H

#include <stdbool.h>
#include <uv.h>

struct event_loop {
    uv_loop_t *loop;
    int epoll, timer; /* -1: not made */
};

void event_loop_init(struct event_loop *turn, uv_loop_t *loop);
void event_loop_fini(struct event_loop *turn);

/* The descriptor, or a negative errno value. */
int event_loop_fd(struct event_loop *turn);

/* Until the loop has nothing left to wait for. */
void event_loop_run(struct event_loop *turn);

/* What is to be done now; false: the loop has nothing left to wait for. */
bool event_loop_step(struct event_loop *turn);

#endif
