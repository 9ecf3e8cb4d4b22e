/* SPDX-License-Identifier: MIT */
/*
 * server - the connections of all clients, and the methods that they may call.
 *
 * Embedded in the daemon; after server_close the memory must stay until `closed` was called. Loop thread
 * only. Owns its connections and calls. Methods are added before the first connection; their tables and
 * services are the caller's and must outlive the server.
 *
 * Graceful shutdown: server_drain sends GOAWAY, then ends open calls with UNAVAILABLE, and calls `drained`;
 * server_close closes what is left and calls `closed`.
 */
#ifndef PROCJON_GRPC_SERVER_H
#define PROCJON_GRPC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "grpc/server_calls.h"
#include "grpc/server_connection.h"
#include "net/listener.h"
#include "net/tls.h"

struct server;

struct server_ops {
    /* After server_drain, exactly once: no connection is left. */
    void (*drained)(struct server *server);
    /* After server_close, exactly once: nothing refers to the memory any more. */
    void (*closed)(struct server *server);
};

struct server {
    const struct server_ops *ops;
    struct server_calls calls;
    struct server_connections connections;
    bool drained, closing;
};

/*
 * `connection_max`: connections in all, 0: RLIMIT_NOFILE − 64; `source_max`: connections from one address, 0:
 * half of connection_max.
 */
void server_open(struct server *server, uv_loop_t *loop, size_t connection_max, size_t source_max,
                 const struct server_ops *ops);

/* Before the first connection; SERVER_CALLS_TABLES_MAX times at most. The table is not copied. */
void server_add(struct server *server, const struct method *methods, size_t count);

/* Accepts or refuses the connection that waits in `listener`. `tls` NULL: plaintext. Not once closing. */
void server_accept(struct server *server, struct listener *listener, struct tls_context *tls);

/* Idempotent. `drained` follows within timeouts.drain_notice + drain; at once without connections. */
void server_drain(struct server *server);

/* Idempotent. Closes all connections without waiting for responses. */
void server_close(struct server *server);

#endif
