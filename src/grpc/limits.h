/* SPDX-License-Identifier: MIT */
/*
 * limits - the numbers that bound what a gRPC client can make the server do, and the reason for each.
 *
 * Those of HTTP/2 are in http2/limits.h. The number of connections follows from RLIMIT_NOFILE (server.h).
 */
#ifndef PROCJON_GRPC_LIMITS_H
#define PROCJON_GRPC_LIMITS_H

#include <stddef.h>

#include "grpc/frame.h"

/* Open calls of all connections together: one for each service of a large fleet, in less than 200 MB. More
 * are refused with REFUSED_STREAM, which a client may retry. */
#define GRPC_CALLS_MAX 131072u
/* Bytes of unfinished messages of all connections together: a thousand of the largest. */
#define GRPC_BUFFERED_MAX ((size_t)1000 * GRPC_MESSAGE_MAX)
/* The part of it that one connection may have, so that one client cannot use up the buffers of all. */
#define GRPC_BUFFERED_CONNECTION_MAX (GRPC_BUFFERED_MAX / 8)
/*
 * Bytes that one connection may have inflated: at once (a thousand registrations of 4 KiB, 10 ms of CPU
 * time), and per second after that. A hundred bytes can inflate to 64 KiB: without a limit a slow client
 * could keep the loop busy.
 */
#define GRPC_INFLATED_BURST (1u << 22)
#define GRPC_INFLATED_RATE (1u << 20)

/* The longest :path that is compared and quoted in errors; those of procjon are shorter than 64 bytes. */
#define GRPC_PATH_MAX 256u

/* Bytes of the body of a request that is not gRPC that are read before it is answered. */
#define GRPC_REFUSE_SIZE 65536u

#endif
