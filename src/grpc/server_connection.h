/* SPDX-License-Identifier: MIT */
/*
 * server_connection - one client of the server: its HTTP/2 connection, and what it counts as. Private to
 * grpc/server and grpc/incoming.
 *
 * Made by server_accept, freed by itself when its HTTP/2 connection is closed.
 */
#ifndef PROCJON_GRPC_SERVER_CONNECTION_H
#define PROCJON_GRPC_SERVER_CONNECTION_H

#include <netinet/in.h>

#include "base/hash.h"
#include "grpc/server.h"
#include "http2/connection.h"

/* How many connections one address has. Freed with its last. */
struct server_source {
    struct in6_addr address; /* v4-mapped for v4 */
    size_t count;
    UT_hash_handle hh;
};

struct server_connection {
    struct h2_connection h2; /* first; its slab holds this, and goes with it */
    struct server *server;
    struct server_connection *next, *prev;
    struct server_source *source; /* NULL on a Unix socket */
    uint16_t port;                /* the peer's, for the log */
    size_t held;                  /* its part of server->held */
    struct token_bucket inflated; /* bytes */
};

/* Takes the connection that `listener` has waiting, or refuses it for a limit. */
void server_connection_accept(struct server *server, struct listener *listener, struct tls_context *tls);

/* server.c: a connection has gone. */
void server_connection_gone(struct server *server);

#endif
