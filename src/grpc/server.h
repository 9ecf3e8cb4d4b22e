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
#include <stdint.h>
#include <uv.h>

#include "base/token_bucket.h"
#include "grpc/server_call.h"
#include "http2/context.h"
#include "net/listener.h"
#include "net/tls.h"

/* Tables of methods: Procjon, Health, ServerReflection, and room for more. */
#define SERVER_TABLES_MAX 8

struct server;
struct server_connection;
struct server_source;

struct server_ops {
    /* After server_drain, exactly once: no connection is left. */
    void (*drained)(struct server *server);
    /* After server_close, exactly once: nothing refers to the memory any more. */
    void (*closed)(struct server *server);
};

/* For the metrics. */
struct server_counters {
    uint64_t connections, refused_connections, failed_connections;
    uint64_t calls, messages;
    uint64_t finished[17]; /* by status code */
};

struct server {
    uv_loop_t *loop;
    const struct server_ops *ops;
    struct h2_context context;
    struct {
        const struct method *methods;
        size_t count;
    } tables[SERVER_TABLES_MAX];
    size_t table_count;
    struct server_connection *connections; /* doubly linked */
    size_t connection_count, connection_max;
    struct server_source *sources; /* connections per source address */
    size_t source_max;
    size_t call_count; /* open calls */
    size_t buffered;   /* bytes of unfinished messages */
    bool draining, drained, closing;
    struct token_bucket warnings; /* limits the log lines about failed connections */
    struct server_counters counters;
};

/*
 * `connection_max`: connections in all, 0: RLIMIT_NOFILE − 64; `source_max`: connections from one address, 0:
 * half of connection_max.
 */
void server_open(struct server *server, uv_loop_t *loop, size_t connection_max, size_t source_max,
                 const struct server_ops *ops);

/* Before the first connection; SERVER_TABLES_MAX times at most. The table is not copied. */
void server_add(struct server *server, const struct method *methods, size_t count);

/* Accepts or refuses the connection that waits in `listener`. `tls` NULL: plaintext. Not once closing. */
void server_accept(struct server *server, struct listener *listener, struct tls_context *tls);

/* Idempotent. `drained` follows within timeouts.drain_notice + drain; at once without connections. */
void server_drain(struct server *server);

/* Idempotent. Closes all connections without waiting for responses. */
void server_close(struct server *server);

/* The method with the path "/package.Service/Method"; NULL: there is none. */
const struct method *server_method(const struct server *server, const uint8_t *path, size_t size);
/* Whether a method begins with `path`, which is "/package.Service/". */
bool server_has_service(const struct server *server, const uint8_t *path, size_t size);

#endif
