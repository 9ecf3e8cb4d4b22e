/* SPDX-License-Identifier: MIT */
/*
 * limits - every number that bounds what a peer can make this room do, and why it is that number.
 *
 * The times are in grpc/times. Connections are counted by grpc/server, from RLIMIT_NOFILE.
 */
#ifndef PROCJON_GRPC_LIMITS_H
#define PROCJON_GRPC_LIMITS_H

#include <stddef.h>

/* A registration with 256 texts of 256 bytes does not fit, one with 256 texts of 240 does: ours are below 1
 * KiB. */
#define GRPC_MESSAGE_MAX 65536u

/* An agent may watch this many units over one connection, each with a stream of its own. */
#define GRPC_STREAMS_MAX 1000u
/* Of all connections together: every service of a large fleet, and below 200 MB. More are refused, to be
 * tried again. */
#define GRPC_CALLS_MAX 131072u
/* Bytes of unfinished messages, of all connections together: a thousand of the largest at once. */
#define GRPC_HELD_MAX ((size_t)1000 * GRPC_MESSAGE_MAX)
/* Of these, one connection's part: who begins messages and finishes none must not stop everybody else. */
#define GRPC_HELD_CONNECTION_MAX (GRPC_HELD_MAX / 8)
/*
 * Bytes that one connection may have inflated: at once (a thousand registrations of 4 KiB, and 10 ms of our
 * time), and per second after that. A hundred bytes may become 64 KiB: a slow client could keep us busy.
 */
#define GRPC_INFLATED_BURST (1u << 22)
#define GRPC_INFLATED_RATE (1u << 20)

/*
 * So much that cannot be done now may a connection ask for before it rests: at once, as each of its streams
 * may have one change to tell, and per second after that. Who changes little is heard, whoever floods the
 * disk.
 */
#define GRPC_EXCESS_BURST GRPC_STREAMS_MAX
#define GRPC_EXCESS_RATE 100u

/* Advertised; sum of name + value + 32 (RFC 9113 §6.5.2). A gRPC client sends some 300. */
#define GRPC_HEADERS_MAX 8192u
/* Beyond this the stream is reset at once: nobody came here by mistake. */
#define GRPC_HEADERS_HARD_MAX 16384u
/* The longest :path that is compared and quoted; our own are below 64. */
#define GRPC_PATH_MAX 256u

/* Stream windows stay at the protocol's 65 535: one message. The connection's must let many streams speak. */
#define GRPC_CONNECTION_WINDOW (1 << 20)

/* Pulled from nghttp2 for one write: beyond this the kernel has enough to do. */
#define GRPC_FLUSH_SIZE 65536u
/* Frames waiting inside nghttp2: a reply to every stream at once is three each; more is a peer that never
 * reads. */
#define GRPC_QUEUE_MAX ((size_t)4 * GRPC_STREAMS_MAX)
/* SETTINGS and PING acknowledgements waiting inside nghttp2 (CVE-2019-9512, CVE-2019-9515). */
#define GRPC_ACKS_MAX 100u

/* A second PING within this time (ms) is a strike; one more strike than this many ends the connection (gRFC
 * A8). */
#define GRPC_PING_MIN_MS 10000u
#define GRPC_PING_STRIKES 2u

/*
 * Streams that we had to reset for the peer's mistakes: burst, and per second after it (CVE-2025-8671).
 * Resets by the peer (CVE-2023-44487) are left to the library's own limit, 1000 at once and 33 a second: to
 * cancel is legal in gRPC, and a client may do it to all its streams together.
 */
#define GRPC_RESETS_BURST 100u
#define GRPC_RESETS_RATE 20u
/* Per connection and GRPC_FRAMES_WINDOW_MS: empty DATA frames, SETTINGS, PRIORITY, other control frames. */
#define GRPC_FRAMES_WINDOW_MS 10000u
#define GRPC_EMPTY_DATA_MAX 1000u
#define GRPC_SETTINGS_FRAMES_MAX 10u
#define GRPC_PRIORITY_FRAMES_MAX 1000u
#define GRPC_CONTROL_FRAMES_MAX 10000u
/* So many of the other control frames are forgiven for each HEADERS and each DATA: grpc-core sends two or
 * three. */
#define GRPC_CONTROL_FRAMES_EARNED 4u

/* How much of the body of a request that is no gRPC is read before it is answered. */
#define GRPC_REFUSE_SIZE 65536u

#endif
