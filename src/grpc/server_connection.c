/* SPDX-License-Identifier: MIT */
#include "grpc/server_connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define LOG_MODULE "grpc"
#include "base/log.h"
#include "grpc/limits.h"
#include "grpc/server_call_request.h"

static void on_ready(struct h2_connection *h2)
{
    (void)h2;
}

/* The second GOAWAY is queued. */
static void on_draining(struct h2_connection *h2)
{
    for (struct h2_stream *stream = h2->streams.first; stream != NULL; stream = stream->next)
        server_call_drain(stream);
}

static void format_peer(const struct server_connection *connection, char *text)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(connection->port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(connection->port)};

    if (connection->source == NULL) {
        memcpy(text, "unix", sizeof "unix");
        return;
    }
    v6.sin6_addr = connection->source->address;
    memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, sizeof v4.sin_addr);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        endpoint_format((const struct sockaddr *)&v4, text);
    else
        endpoint_format((const struct sockaddr *)&v6, text);
}

static void on_ended(struct h2_connection *h2, const struct err *err)
{
    struct server_connection *connection = container_of(h2, struct server_connection, h2);
    struct server *server = connection->server;
    char peer[ENDPOINT_TEXT_MAX];

    format_peer(connection, peer);
    if (err->code == 0 || err->code == -ECONNRESET || err->code == -EPIPE) {
        log_debug("connection ended peer=%s", peer);
        return;
    }
    server->counters.failed_connections++;
    if (token_bucket_take(&server->warnings, h2_connection_now(h2)))
        log_warning("connection failed peer=%s reason=%s", peer, err->msg);
}

static void leave_source(struct server_connection *connection)
{
    struct server_source *source = connection->source;

    if (source == NULL || --source->count > 0)
        return;
    HASH_DEL(connection->server->sources, source);
    free(source);
}

static void on_closed(struct h2_connection *h2)
{
    struct server_connection *connection = container_of(h2, struct server_connection, h2);
    struct server *server = connection->server;

    DL_DELETE(server->connections, connection);
    server->connection_count--;
    leave_source(connection);
    slab_free(h2->slab);
    server_connection_gone(server);
}

static const struct h2_connection_ops h2_connection_ops = {
    .ready = on_ready,
    .begin = server_call_on_begin,
    .header = server_call_on_header,
    .headers = server_call_on_headers,
    .data = server_call_on_data,
    .end = server_call_on_end,
    .sent = server_call_sent,
    .trailers = server_call_trailers,
    .due = server_call_on_due,
    .gone = server_call_on_gone,
    .draining = on_draining,
    .ended = on_ended,
    .closed = on_closed,
};

/* The address of the peer, IPv4 as v4-mapped; false on a Unix socket. */
static bool source_address(const struct server_connection *connection, struct in6_addr *address,
                           uint16_t *port)
{
    struct sockaddr_storage peer;
    int size = sizeof peer;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&peer;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer;

    if (connection->h2.stream.uv.handle.type != UV_TCP ||
        uv_tcp_getpeername(&connection->h2.stream.uv.tcp, (struct sockaddr *)&peer, &size) != 0)
        return false;
    if (peer.ss_family == AF_INET6) {
        *address = v6->sin6_addr;
        *port = ntohs(v6->sin6_port);
        return true;
    }
    *address = (struct in6_addr){0};
    address->s6_addr[10] = address->s6_addr[11] = 0xff;
    memcpy(address->s6_addr + 12, &v4->sin_addr, 4);
    *port = ntohs(v4->sin_port);
    return true;
}

/* False: the limit of connections of its address is exceeded. */
static bool enter_source(struct server_connection *connection)
{
    struct server *server = connection->server;
    struct server_source *source;
    struct in6_addr address;

    if (!source_address(connection, &address, &connection->port))
        return true;
    HASH_FIND(hh, server->sources, &address, sizeof address, source);
    if (source == NULL) {
        source = mem_zalloc(sizeof *source);
        source->address = address;
        HASH_ADD(hh, server->sources, address, sizeof source->address, source);
    }
    source->count++;
    connection->source = source;
    return source->count <= server->source_max;
}

static void refuse(struct server *server, struct listener *listener, const char *reason)
{
    server->counters.refused_connections++;
    if (!server->draining && token_bucket_take(&server->warnings, uv_now(server->loop)))
        log_warning("connection refused: %s connections=%zu", reason, server->connection_count);
    listener_refuse(listener);
}

void server_connection_accept(struct server *server, struct listener *listener, struct tls_context *tls)
{
    struct server_connection *connection;
    struct slab *slab;
    struct err err;

    if (server->draining || server->connection_count >= server->connection_max) {
        refuse(server, listener, "limit reached");
        return;
    }
    slab = slab_new();
    if (slab == NULL) {
        refuse(server, listener, "out of memory");
        return;
    }
    connection = slab_take(slab, sizeof *connection);
    if (h2_connection_accept(&connection->h2, slab, &server->context, &listener->uv.stream, listener->kind,
                             tls, &h2_connection_ops, &err) != 0) {
        slab_free(slab);
        refuse(server, listener, err.msg);
        return;
    }
    connection->server = server;
    token_bucket_init(&connection->inflated, GRPC_INFLATED_BURST, GRPC_INFLATED_RATE, uv_now(server->loop));
    DL_PREPEND(server->connections, connection);
    server->connection_count++;
    server->counters.connections++;
    if (!enter_source(connection)) {
        char peer[ENDPOINT_TEXT_MAX];

        format_peer(connection, peer);
        server->counters.refused_connections++;
        if (token_bucket_take(&server->warnings, uv_now(server->loop)))
            log_warning("connection refused: limit per address reached peer=%s connections=%zu", peer,
                        connection->source->count - 1);
        h2_connection_close(&connection->h2);
    }
}
