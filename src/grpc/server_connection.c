/* SPDX-License-Identifier: MIT */
#include "grpc/server_connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <utlist.h>

#define LOG_MODULE "grpc"
#include "base/log.h"
#include "grpc/limits.h"

/* File descriptors for listeners, the store, outgoing HTTP requests and the loop. */
#define DESCRIPTORS_RESERVED 64
/* If the limit cannot be read. */
#define DESCRIPTORS_GUESS 1024
/* Log lines about failed connections: a fleet with a wrong certificate must not fill the disk. */
#define WARNINGS_BURST 50
#define WARNINGS_RATE 1

static size_t descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return DESCRIPTORS_GUESS;
    /* With a low limit half of it: without descriptors for the store and for HTTP no notification is sent. */
    if (limit.rlim_cur / 2 < DESCRIPTORS_RESERVED)
        return limit.rlim_cur / 2;
    return limit.rlim_cur - DESCRIPTORS_RESERVED;
}

void server_connections_open(struct server_connections *connections, uv_loop_t *loop,
                             struct server_calls *calls, size_t max, size_t source_max,
                             void (*gone)(struct server_connections *connections))
{
    connections->loop = loop;
    connections->calls = calls;
    connections->gone = gone;
    connections->max = max > 0 ? max : descriptor_limit();
    connections->source_max = source_max > 0 ? source_max : (connections->max + 1) / 2;
    token_bucket_init(&connections->warnings, WARNINGS_BURST, WARNINGS_RATE, uv_now(loop));
    h2_context_open(&connections->context, loop);
}

static struct server_connection *connection_of(struct h2_connection *h2)
{
    return container_of(h2, struct server_connection, transport.h2);
}

static struct server_connections *connections_of(const struct server_connection *connection)
{
    return container_of(connection->transport.h2.streams.context, struct server_connections, context);
}

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
    struct server_connection *connection = connection_of(h2);
    struct server_connections *connections = connections_of(connection);
    char peer[ENDPOINT_TEXT_MAX];

    format_peer(connection, peer);
    if (err->code == 0 || err->code == -ECONNRESET || err->code == -EPIPE) {
        log_debug("connection ended peer=%s", peer);
        return;
    }
    connections->counters.failed++;
    if (token_bucket_take(&connections->warnings, h2_connection_now(h2)))
        log_warning("connection failed peer=%s reason=%s", peer, err->msg);
}

static void leave_source(struct server_connection *connection)
{
    struct server_source *source = connection->source;

    if (source == NULL || --source->count > 0)
        return;
    HASH_DEL(connections_of(connection)->sources, source);
    free(source);
}

static void on_closed(struct h2_connection *h2)
{
    struct server_connection *connection = connection_of(h2);
    struct server_connections *connections = connections_of(connection);

    DL_DELETE(connections->first, connection);
    connections->count--;
    leave_source(connection);
    slab_free(h2->slab);
    connections->gone(connections);
}

static const struct h2_connection_ops h2_connection_ops = {
    .ready = on_ready,
    .begin = server_call_on_begin,
    .header = server_call_on_header,
    .headers = server_call_on_headers,
    .data = server_call_on_data,
    .end = server_call_on_end,
    .sent = server_call_on_sent,
    .trailers = server_call_on_trailers,
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

    if (connection->transport.h2.stream.uv.handle.type != UV_TCP ||
        uv_tcp_getpeername(&connection->transport.h2.stream.uv.tcp, (struct sockaddr *)&peer, &size) != 0)
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
    struct server_connections *connections = connections_of(connection);
    struct server_source *source;
    struct in6_addr address;

    if (!source_address(connection, &address, &connection->port))
        return true;
    HASH_FIND(hh, connections->sources, &address, sizeof address, source);
    if (source == NULL) {
        source = mem_zalloc(sizeof *source);
        source->address = address;
        HASH_ADD(hh, connections->sources, address, sizeof source->address, source);
    }
    source->count++;
    connection->source = source;
    return source->count <= connections->source_max;
}

static void refuse(struct server_connections *connections, struct listener *listener, const char *reason)
{
    connections->counters.refused++;
    if (!connections->draining && token_bucket_take(&connections->warnings, uv_now(connections->loop)))
        log_warning("connection refused: %s connections=%zu", reason, connections->count);
    listener_refuse(listener);
}

void server_connections_accept(struct server_connections *connections, struct listener *listener,
                               struct tls_context *tls)
{
    struct server_connection *connection;
    struct slab *slab;
    struct err err;

    if (connections->draining || connections->count >= connections->max) {
        refuse(connections, listener, "limit reached");
        return;
    }
    slab = slab_new();
    if (slab == NULL) {
        refuse(connections, listener, "out of memory");
        return;
    }
    connection = slab_take(slab, sizeof *connection);
    if (h2_connection_accept(&connection->transport.h2, slab, &connections->context, &listener->uv.stream,
                             listener->kind, tls, &h2_connection_ops, &err) != 0) {
        slab_free(slab);
        refuse(connections, listener, err.msg);
        return;
    }
    connection->transport.calls = connections->calls;
    token_bucket_init(&connection->transport.inflated, GRPC_INFLATED_BURST, GRPC_INFLATED_RATE,
                      uv_now(connections->loop));
    DL_PREPEND(connections->first, connection);
    connections->count++;
    connections->counters.accepted++;
    if (!enter_source(connection)) {
        char peer[ENDPOINT_TEXT_MAX];

        format_peer(connection, peer);
        connections->counters.refused++;
        if (token_bucket_take(&connections->warnings, uv_now(connections->loop)))
            log_warning("connection refused: limit per address reached peer=%s connections=%zu", peer,
                        connection->source->count - 1);
        h2_connection_close(&connection->transport.h2);
    }
}

/* The list does not change inside the loop: connections are freed in a later loop iteration. */
void server_connections_drain(struct server_connections *connections)
{
    connections->draining = true;
    for (struct server_connection *c = connections->first; c != NULL; c = c->next)
        h2_connection_drain(&c->transport.h2);
}

void server_connections_close(struct server_connections *connections)
{
    for (struct server_connection *c = connections->first; c != NULL; c = c->next)
        h2_connection_close(&c->transport.h2);
}
