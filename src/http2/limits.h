/* SPDX-License-Identifier: MIT */
/*
 * limits - the numbers that bound what an HTTP/2 peer can make a connection do, and the reason for each.
 *
 * Timeouts are in http2/timeouts.h.
 */
#ifndef PROCJON_HTTP2_LIMITS_H
#define PROCJON_HTTP2_LIMITS_H

#include <stddef.h>

/* SETTINGS_MAX_CONCURRENT_STREAMS: an agent may watch so many units on one connection, a stream for each. */
#define H2_STREAMS_MAX 1000u

/* SETTINGS_MAX_HEADER_LIST_SIZE: sum of name + value + 32 (RFC 9113 §6.5.2). gRPC clients send about 300. */
#define H2_HEADERS_MAX 8192u
/* A stream whose header list is larger than this is reset at once: no client sends that by mistake. */
#define H2_HEADERS_HARD_MAX 16384u

/* The window of the connection, which many streams share. That of a stream stays at 65 535: one message. */
#define H2_CONNECTION_WINDOW (1 << 20)

/* Bytes collected from nghttp2 for one write(2): more does not fit into the kernel's socket buffer. */
#define H2_FLUSH_SIZE 65536u
/* Frames queued inside nghttp2. A response to every stream at once is three frames each; a peer with more
 * does not read. */
#define H2_QUEUE_MAX ((size_t)4 * H2_STREAMS_MAX)
/* SETTINGS and PING acknowledgements queued inside nghttp2 (CVE-2019-9512, CVE-2019-9515). */
#define H2_ACKS_MAX 100u

/*
 * Calls of h2_connection_pause_reading that have no effect: at once, because each of a client's streams may
 * report one change, and per second after that. A client with few changes is therefore never paused, however
 * much the others report.
 */
#define H2_EXCESS_BURST H2_STREAMS_MAX
#define H2_EXCESS_RATE 100u

/* gRFC A8: a PING within this time (ms) of the last is a strike; more than this many end the connection. */
#define H2_PING_MIN_MS 10000u
#define H2_PING_STRIKES 2u

/*
 * Streams that we reset because of an error of the peer: at once, and per second after that (CVE-2025-8671).
 * Resets by the peer (CVE-2023-44487) are limited by nghttp2, 1000 at once and 33 a second: a gRPC client may
 * cancel all its streams together.
 */
#define H2_RESETS_BURST 100u
#define H2_RESETS_RATE 20u
/* Frames per connection in each H2_FRAMES_WINDOW_MS: empty DATA, SETTINGS, PRIORITY, other control frames. */
#define H2_FRAMES_WINDOW_MS 10000u
#define H2_EMPTY_DATA_MAX 1000u
#define H2_SETTINGS_FRAMES_MAX 10u
#define H2_PRIORITY_FRAMES_MAX 1000u
#define H2_CONTROL_FRAMES_MAX 10000u
/* Control frames that each HEADERS and each DATA frame allows in addition: grpc-core sends two or three. */
#define H2_CONTROL_FRAMES_EARNED 4u

#endif
