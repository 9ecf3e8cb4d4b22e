/* SPDX-License-Identifier: MIT */
/*
 * served - a gRPC server that listens on loopback, for beds that want one.
 *
 * Embedded in the bed. After served_close the loop must run until it is empty; `closed` is 1 then.
 */
#ifndef PROCJON_TEST_SERVED_H
#define PROCJON_TEST_SERVED_H

#include "grpc/server.h"
#include "net/listener.h"

struct served {
    struct server server;
    struct listener listener; /* `text` says where */
    unsigned drained, closed;
};

/* The limits are those of server_open. */
void served_open(struct served *served, uv_loop_t *loop, size_t connection_max, size_t source_max);
/* Closes what is still open, and insists that it may be closed twice. */
void served_close(struct served *served);

#endif
