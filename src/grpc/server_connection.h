/* SPDX-License-Identifier: MIT */
/*
 * server_connection - one connection of a client: its HTTP/2 connection, and its share of the limits.
 *
 * Private to grpc/server and grpc/server_call_request. Allocated by server_connection_accept in the slab of
 * its HTTP/2 connection; freed when that is closed. Loop thread only.
 */
#ifndef PROCJON_GRPC_SERVER_CONNECTION_H
#define PROCJON_GRPC_SERVER_CONNECTION_H

#include <netinet/in.h>

#include "base/hash.h"
#include "grpc/server.h"
#include "http2/connection.h"

/* The connections of one source address; freed with the last. */
struct server_source {
    struct in6_addr address; /* IPv4 is v4-mapped */
    size_t count;
    UT_hash_handle hh;
};

struct server_connection {
    struct h2_connection h2; /* first; its slab holds this struct */
    struct server *server;
    struct server_connection *next, *prev;
    struct server_source *source; /* NULL on a Unix socket */
    uint16_t port;                /* of the peer, for the log */
    size_t buffered;              /* its share of server->buffered */
    struct token_bucket inflated; /* bytes that may still be inflated */
};

/* Accepts the connection that waits in `listener`, or refuses it because of a limit. */
void server_connection_accept(struct server *server, struct listener *listener, struct tls_context *tls);

/* In server.c: a connection was removed from the list. */
void server_connection_gone(struct server *server);

#endif
