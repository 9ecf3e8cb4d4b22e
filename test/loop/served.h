/* SPDX-License-Identifier: MIT */
/*
 * served - a gRPC server that listens on loopback, for the beds of loop tests.
 *
 * Embedded in the bed. After served_close the loop must run until it has no handles; then `closed` is 1.
 */
#ifndef PROCJON_TEST_SERVED_H
#define PROCJON_TEST_SERVED_H

#include "grpc/server.h"
#include "net/listener.h"

struct served {
    struct server server;
    struct listener listener; /* its address is in `text` */
    unsigned drained, closed;
};

/* The limits are those of server_open. */
void served_open(struct served *served, uv_loop_t *loop, size_t connection_max, size_t source_max);
/* Closes the listener and the server, twice: closing must be idempotent. */
void served_close(struct served *served);

#endif
