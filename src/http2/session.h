/* SPDX-License-Identifier: MIT */
/*
 * session - the nghttp2 callbacks of a connection, and the options that all sessions of a loop share.
 *
 * Private to http2. h2_session_open makes the session of a connection, which owns and deletes it.
 */
#ifndef PROCJON_HTTP2_SESSION_H
#define PROCJON_HTTP2_SESSION_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

#include "http2/connection.h"

/* For h2_context, which owns the result. NULL: out of memory. */
nghttp2_option *h2_session_option(void);
nghttp2_session_callbacks *h2_session_callbacks(void);

/* Makes the session and queues SETTINGS and the WINDOW_UPDATE of the connection. -ENOMEM. */
int h2_session_open(struct h2_connection *h2, struct err *err);

/* The payloads of our keepalive PING, and of the PING between the two GOAWAYs of a drain. */
extern const uint8_t h2_session_ping_alive[8];
extern const uint8_t h2_session_ping_drain[8];

/* Queues the second GOAWAY of a drain; later calls do nothing. */
void h2_connection_drain_notice(struct h2_connection *h2);

/* In connection.c: ends the connection with an error. `code`: a negative errno value. */
void h2_connection_fail(struct h2_connection *h2, int code, const char *what);
/* In connection.c: reads again unless the connection is closing, paused or has a write in flight. */
void h2_connection_read_on(struct h2_connection *h2);

#endif
