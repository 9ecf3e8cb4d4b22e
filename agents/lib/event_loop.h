/* SPDX-License-Identifier: MIT */
/*
 * event_loop - runs a libuv loop inside another program: to its end, or step by step behind one descriptor.
 *
 * Embedded in the loop's owner; the thread of the loop only. The descriptor is an epoll instance that is
 * readable when the loop has something to do, its timers included (libuv, uv_backend_fd). A write to a closed
 * connection raises SIGPIPE, which the host program may not handle: it is blocked and consumed while the loop
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

void event_loop_init(struct event_loop *events, uv_loop_t *loop);
void event_loop_fini(struct event_loop *events);

/* The descriptor, made by the first call, or a negative errno value. */
int event_loop_fd(struct event_loop *events);

/* Runs until the loop has no active handles. */
void event_loop_run(struct event_loop *events);

/* Does what is due, without blocking. False: the loop has no active handles. */
bool event_loop_step(struct event_loop *events);

#endif
