/* SPDX-License-Identifier: MIT */
/*
 * session - the nghttp2 callbacks of a connection, and the options all sessions share. Private to h2,
 * h2_clock and context.
 */
#ifndef PROCJON_HTTP2_SESSION_H
#define PROCJON_HTTP2_SESSION_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>
#include <stdint.h>

#include "http2/connection.h"

/* For context: made once, shared by every session of the loop. */
nghttp2_option *h2_session_option(void);
nghttp2_session_callbacks *h2_session_callbacks(void);

/* Makes the session and queues its first frames. */
int h2_session_open(struct h2_connection *h2, struct err *err);

/* The payload of our liveness PING and of the one between two GOAWAYs. */
extern const uint8_t h2_session_ping_alive[8];
extern const uint8_t h2_session_ping_drain[8];

/* The second GOAWAY of a drain. */
void h2_connection_drain_notice(struct h2_connection *h2);

/* In h2.c: ends the connection; reads on, unless something speaks against it. */
void h2_connection_fail(struct h2_connection *h2, int code, const char *what);
void h2_connection_read_on(struct h2_connection *h2);

#endif
