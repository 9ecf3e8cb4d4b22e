/* SPDX-License-Identifier: MIT */
/*
 * limits - every number that bounds what an HTTP/2 peer can make a connection do, and the reason for that
 * number.
 *
 * The times are in http2/timeouts.h.
 */
#ifndef PROCJON_HTTP2_LIMITS_H
#define PROCJON_HTTP2_LIMITS_H

#include <stddef.h>

/* SETTINGS_MAX_CONCURRENT_STREAMS. An agent watches up to this many units on one connection, a stream for
 * each. */
#define H2_STREAMS_MAX 1000u

/* SETTINGS_MAX_HEADER_LIST_SIZE: sum of name + value + 32 (RFC 9113 §6.5.2). A gRPC client sends about 300.
 */
#define H2_HEADERS_MAX 8192u
/* A stream with a larger header list is reset at once: no client sends that by mistake. */
#define H2_HEADERS_HARD_MAX 16384u

/* Stream windows stay at the protocol's 65 535: one message. The connection's window is shared by many
 * streams. */
#define H2_CONNECTION_WINDOW (1 << 20)

/* Bytes pulled from nghttp2 for one write: with more, the kernel's buffer is full anyway. */
#define H2_FLUSH_SIZE 65536u
/* Frames queued inside nghttp2: a reply to every stream at once is three each; more is a peer that never
 * reads. */
#define H2_QUEUE_MAX ((size_t)4 * H2_STREAMS_MAX)
/* SETTINGS and PING acknowledgements queued inside nghttp2 (CVE-2019-9512, CVE-2019-9515). */
#define H2_ACKS_MAX 100u

/*
 * Work beyond what can be done now that a connection may ask for before it is paused: at once, because each
 * of its streams may report one change, and per second after that. A client with few changes is read, whoever
 * floods the disk.
 */
#define H2_EXCESS_BURST H2_STREAMS_MAX
#define H2_EXCESS_RATE 100u

/* A second PING within this time (ms) is a strike; one more strike than this number ends the connection (gRFC
 * A8). */
#define H2_PING_MIN_MS 10000u
#define H2_PING_STRIKES 2u

/*
 * Streams reset for the peer's mistakes: burst, and per second after it (CVE-2025-8671). Resets by the peer
 * (CVE-2023-44487) have nghttp2's own limit, 1000 at once and 33 a second: a gRPC client may cancel all its
 * streams together.
 */
#define H2_RESETS_BURST 100u
#define H2_RESETS_RATE 20u
/* Per connection and H2_FRAMES_WINDOW_MS: empty DATA frames, SETTINGS, PRIORITY, other control frames. */
#define H2_FRAMES_WINDOW_MS 10000u
#define H2_EMPTY_DATA_MAX 1000u
#define H2_SETTINGS_FRAMES_MAX 10u
#define H2_PRIORITY_FRAMES_MAX 1000u
#define H2_CONTROL_FRAMES_MAX 10000u
/* Control frames that each HEADERS and each DATA frame allows in addition: grpc-core sends two or three. */
#define H2_CONTROL_FRAMES_EARNED 4u

#endif
