/* SPDX-License-Identifier: MIT */
#include "grpc/server.h"

#include <assert.h>

static void on_context_closed(struct h2_context *context)
{
    struct server *server = container_of(context, struct server, connections.context);

    server->ops->closed(server);
}

/* Called too when the server begins to drain or to close: there may be no connection. */
static void on_gone(struct server_connections *connections)
{
    struct server *server = container_of(connections, struct server, connections);

    if (connections->count > 0)
        return;
    if (server->closing) {
        h2_context_close(&connections->context, on_context_closed);
    } else if (connections->draining && !server->drained) {
        server->drained = true;
        server->ops->drained(server);
    }
}

void server_open(struct server *server, uv_loop_t *loop, size_t connection_max, size_t source_max,
                 const struct server_ops *ops)
{
    *server = (struct server){.ops = ops};
    server_connections_open(&server->connections, loop, &server->calls, connection_max, source_max, on_gone);
}

void server_add(struct server *server, const struct method *methods, size_t count)
{
    server_calls_add(&server->calls, methods, count);
}

void server_accept(struct server *server, struct listener *listener, struct tls_context *tls)
{
    assert(!server->closing);
    server_connections_accept(&server->connections, listener, tls);
}

void server_drain(struct server *server)
{
    if (server->connections.draining || server->closing)
        return;
    server_connections_drain(&server->connections);
    on_gone(&server->connections);
}

void server_close(struct server *server)
{
    if (server->closing)
        return;
    server->closing = true;
    server_connections_close(&server->connections);
    on_gone(&server->connections);
}
