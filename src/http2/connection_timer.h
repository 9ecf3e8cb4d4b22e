/* SPDX-License-Identifier: MIT */
/*
 * connection_timer - the timeouts of an HTTP/2 connection and of its streams, on one uv timer.
 *
 * Private to http2; part of struct h2_connection, which closes the timer. Loop thread only. Milliseconds of
 * uv_now.
 *
 * Every wait has its due time in h2_connection.due_ms, every stream its own in h2_stream.due_ms. The timer is
 * only ever moved to an earlier time: when it fires and nothing is due yet, it is armed for the next due
 * time. A wait that ends early therefore costs an assignment and no system call.
 */
#ifndef PROCJON_HTTP2_CONNECTION_TIMER_H
#define PROCJON_HTTP2_CONNECTION_TIMER_H

#include "http2/connection.h"

void h2_connection_timer_init(struct h2_connection *h2, uv_loop_t *loop);

/* The wait `what` fails in `ms` from now. Set due_ms[what] = 0 when it is over. */
void h2_connection_timer_wait(struct h2_connection *h2, enum h2_wait what, uint64_t ms);

/* After each read: starts, restarts or ends H2_FRAME, which is for one frame at a time. */
void h2_connection_timer_frame(struct h2_connection *h2);

#endif
