/* SPDX-License-Identifier: MIT */
/*
 * limits - every number that bounds what a gRPC client can make the server do, and the reason for that
 * number.
 *
 * HTTP/2's own limits are in http2/limits.h. Connections are limited by grpc/server, from RLIMIT_NOFILE.
 */
#ifndef PROCJON_GRPC_LIMITS_H
#define PROCJON_GRPC_LIMITS_H

#include <stddef.h>

#include "grpc/frame.h"

/* Of all connections together: every service of a large fleet, and below 200 MB. More calls are refused as
 * retryable. */
#define GRPC_CALLS_MAX 131072u
/* Bytes of unfinished messages, of all connections together: a thousand of the largest at once. */
#define GRPC_HELD_MAX ((size_t)1000 * GRPC_MESSAGE_MAX)
/* Of these, one connection's part: a client that begins messages and finishes none leaves room for the
 * others. */
#define GRPC_HELD_CONNECTION_MAX (GRPC_HELD_MAX / 8)
/*
 * Bytes that one connection may have inflated: at once (a thousand registrations of 4 KiB, 10 ms of the
 * loop), and per second after that. A hundred bytes may inflate to 64 KiB, so a slow client could keep the
 * loop busy.
 */
#define GRPC_INFLATED_BURST (1u << 22)
#define GRPC_INFLATED_RATE (1u << 20)

/* The longest :path that is compared and quoted; procjon's own are below 64. */
#define GRPC_PATH_MAX 256u

/* Bytes of the body that are read of a request that is not gRPC before it is answered. */
#define GRPC_REFUSE_SIZE 65536u

#endif
