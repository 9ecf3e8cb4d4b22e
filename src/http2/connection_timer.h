/* SPDX-License-Identifier: MIT */
/*
 * connection_timer - what an HTTP/2 connection waits for, each until a time of its own, and what becomes of
 * it when that does not come. Private to h2 and h2_session.
 *
 * One timer serves all, that of the streams too. It is only ever moved forward: when it fires too early it
 * looks and arms itself for the rest.
 */
#ifndef PROCJON_HTTP2_CONNECTION_TIMER_H
#define PROCJON_HTTP2_CONNECTION_TIMER_H

#include "http2/connection.h"

void h2_connection_timer_init(struct h2_connection *h2, uv_loop_t *loop);

/* Waits for it from now on, for so many ms. It has come: due_ms[what] = 0. */
void h2_connection_timer_wait(struct h2_connection *h2, enum h2_wait what, uint64_t ms);

/* Bytes went through the guard: a frame that was begun is waited for, anew after each that is whole. */
void h2_connection_timer_frame(struct h2_connection *h2);

#endif
