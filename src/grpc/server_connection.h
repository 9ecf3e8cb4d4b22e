/* SPDX-License-Identifier: MIT */
/*
 * server_connection - the connections of all clients with their limits, and one connection of them.
 *
 * Private to grpc/server, which embeds struct server_connections. A connection is allocated by
 * server_connections_accept in the slab of its HTTP/2 connection, and freed when that is closed. Loop thread
 * only.
 */
#ifndef PROCJON_GRPC_SERVER_CONNECTION_H
#define PROCJON_GRPC_SERVER_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/hash.h"
#include "base/token_bucket.h"
#include "grpc/server_call_request.h"
#include "http2/context.h"
#include "net/listener.h"
#include "net/tls.h"

/* The connections of one source address; freed with the last. */
struct server_source {
    struct in6_addr address; /* IPv4 is v4-mapped */
    size_t count;
    UT_hash_handle hh;
};

struct server_connection {
    struct server_call_transport transport; /* first; the slab of its `h2` holds this struct */
    struct server_connection *next, *prev;
    struct server_source *source; /* NULL on a Unix socket */
    uint16_t port;                /* of the peer, for the log */
};

struct server_connections {
    uv_loop_t *loop;
    struct server_calls *calls;
    struct h2_context context;       /* of all connections */
    struct server_connection *first; /* doubly linked */
    size_t count, max;
    struct server_source *sources; /* connections per source address */
    size_t source_max;
    bool draining;                /* new connections are refused */
    struct token_bucket warnings; /* limits the log lines about failed connections */
    struct {
        uint64_t accepted, refused, failed;
    } counters; /* for the metrics */
    /* A connection was removed from the list. */
    void (*gone)(struct server_connections *connections);
};

/*
 * `connections` is zeroed; `calls` must outlive the connections. The limits are those of server_open. The
 * owner closes `context` after the last connection.
 */
void server_connections_open(struct server_connections *connections, uv_loop_t *loop,
                             struct server_calls *calls, size_t max, size_t source_max,
                             void (*gone)(struct server_connections *connections));

/* Accepts the connection that waits in `listener`, or refuses it because of a limit. */
void server_connections_accept(struct server_connections *connections, struct listener *listener,
                               struct tls_context *tls);

/* Sends GOAWAY on all connections, and refuses new ones. `gone` follows for each, later. */
void server_connections_drain(struct server_connections *connections);

/* Closes all connections. `gone` follows for each, later. */
void server_connections_close(struct server_connections *connections);

#endif
