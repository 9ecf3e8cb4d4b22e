/* SPDX-License-Identifier: MIT */
/*
 * server - the connections of all clients, and the table of methods they may call.
 *
 * Embedded in the daemon; after server_close the memory must stay until `closed` was called. Loop thread
 * only. It owns its connections and calls. Methods are added before the first connection; their tables and
 * services are the caller's and outlive the server.
 *
 * Ordered end: server_drain says good-bye (GOAWAY, then UNAVAILABLE to what is open) and ends in `drained`;
 * server_close cuts what is left and ends in `closed`.
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

/* Method tables: Procjon, health and reflection, and room for more. */
#define SERVER_TABLES_MAX 8

struct server;
struct server_connection;
struct server_source;

struct server_ops {
    void (*drained)(struct server *server);
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
    struct server_source *sources; /* connections by source address */
    size_t source_max;
    size_t call_count; /* open ones */
    size_t held;       /* bytes that unfinished messages take */
    bool draining, drained, closing;
    struct token_bucket warnings; /* log lines about connections that failed */
    struct server_counters counters;
};

/* Limits of 0 choose RLIMIT_NOFILE − 64 connections in all, and half of that from one address. */
void server_open(struct server *server, uv_loop_t *loop, size_t connection_max, size_t source_max,
                 const struct server_ops *ops);

void server_add(struct server *server, const struct method *methods, size_t count);

/* Takes the connection that waits in `listener`, or refuses it; not after server_close. `tls` may be NULL. */
void server_accept(struct server *server, struct listener *listener, struct tls_context *tls);

/* Idempotent; `drained` follows from the loop, within the two times of a drain (grpc/times). */
void server_drain(struct server *server);

void server_close(struct server *server);

/* The method of a path, or NULL. */
const struct method *server_method(const struct server *server, const uint8_t *path, size_t size);
bool server_has_service(const struct server *server, const uint8_t *path, size_t size);

#endif
