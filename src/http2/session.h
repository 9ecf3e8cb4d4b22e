/* SPDX-License-Identifier: MIT */
/*
 * session - the nghttp2 session of a connection: its options and callbacks, and the frames of the connection.
 *
 * The lower half of http2/connection, and private to it: connection.c has the byte stream and the timeouts.
 * h2_session_open makes the session, which the connection owns and deletes.
 */
#ifndef PROCJON_HTTP2_SESSION_H
#define PROCJON_HTTP2_SESSION_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

#include "http2/connection.h"

/*
 * Makes the session and queues SETTINGS and the WINDOW_UPDATE of the connection. -ENOMEM. The first session
 * of a context makes the options and callbacks of all.
 */
int h2_session_open(struct h2_connection *h2, struct err *err);

/* Server: sends one PING to a silent client (gRFC A9) and waits for any byte. Returns when to look again. */
uint64_t h2_session_keep_alive(struct h2_connection *h2, uint64_t now);

/* Queues the second GOAWAY of a drain; later calls do nothing. */
void h2_session_drain_notice(struct h2_connection *h2);

#endif
