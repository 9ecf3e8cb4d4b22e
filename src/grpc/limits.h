/* SPDX-License-Identifier: MIT */
/*
 * limits - every number that bounds what a peer can make this room do, and why it is that number.
 */
#ifndef PROCJON_GRPC_LIMITS_H
#define PROCJON_GRPC_LIMITS_H

/* A registration with 256 texts of 256 bytes does not fit, one with 256 texts of 240 does: ours are below 1 KiB. */
#define GRPC_MESSAGE_MAX 65536u

/* An agent may watch this many units over one connection, each with a stream of its own. */
#define GRPC_STREAMS_MAX 1000u

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
/* Frames waiting inside nghttp2: a reply to every stream at once is three each; more is a peer that never reads. */
#define GRPC_QUEUE_MAX (4 * GRPC_STREAMS_MAX)
/* SETTINGS and PING acknowledgements waiting inside nghttp2 (CVE-2019-9512, CVE-2019-9515). */
#define GRPC_ACKS_MAX 100u

/* Everything below in milliseconds. */

/* Accept → TLS → preface → SETTINGS; also for our SETTINGS to be acknowledged, and for a frame to be finished. */
#define GRPC_HANDSHAKE_MS 10000u
#define GRPC_SETTINGS_ACK_MS 10000u
#define GRPC_FRAME_MS 10000u
/* A unary request must be complete by then; streams of reports are exempt. */
#define GRPC_REQUEST_MS 30000u
/* The one message of a unary call is there, END_STREAM is not: how long a second message is waited for. */
#define GRPC_HALF_CLOSE_MS 1000u
/* How long the body of a request that is no gRPC is read before it is answered, and how much of it. */
#define GRPC_REFUSE_MS 5000u
#define GRPC_REFUSE_SIZE 65536u
/* Silence before the server asks whether the peer lives, and how long it waits for any byte (gRFC A8). */
#define GRPC_PING_MS 60000u
#define GRPC_PING_TIMEOUT_MS 20000u
/* A peer that takes nothing for this long is gone. */
#define GRPC_WRITE_STALL_MS 20000u
/* Between the two GOAWAYs of a drain, when the PING in between is not answered (grpc-go). */
#define GRPC_DRAIN_NOTICE_MS 1000u
/* From the second GOAWAY to the close of what is still open. */
#define GRPC_DRAIN_MS 3000u

/* A second PING within this time is a strike; one more strike than this many ends the connection (gRFC A8). */
#define GRPC_PING_MIN_MS 10000u
#define GRPC_PING_STRIKES 2u
/* Streams that we had to reset: burst, and per second after it (CVE-2025-8671). */
#define GRPC_RESETS_BURST 100u
#define GRPC_RESETS_RATE 20u
/* Per connection and GRPC_FRAMES_WINDOW_MS: empty DATA frames, SETTINGS, PRIORITY, other control frames. */
#define GRPC_FRAMES_WINDOW_MS 10000u
#define GRPC_EMPTY_DATA_MAX 1000u
#define GRPC_SETTINGS_FRAMES_MAX 10u
#define GRPC_PRIORITY_FRAMES_MAX 1000u
#define GRPC_CONTROL_FRAMES_MAX 10000u

#endif
