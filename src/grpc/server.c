/* SPDX-License-Identifier: MIT */
#include "grpc/server.h"

#include <assert.h>
#include <string.h>
#include <sys/resource.h>

#include "grpc/server_connection.h"

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

void server_open(struct server *server, uv_loop_t *loop, size_t connection_max, size_t source_max,
                 const struct server_ops *ops)
{
    *server = (struct server){.loop = loop, .ops = ops};
    server->connection_max = connection_max > 0 ? connection_max : descriptor_limit();
    server->source_max = source_max > 0 ? source_max : (server->connection_max + 1) / 2;
    token_bucket_init(&server->warnings, WARNINGS_BURST, WARNINGS_RATE, uv_now(loop));
    h2_context_open(&server->context, loop);
}

void server_add(struct server *server, const struct method *methods, size_t count)
{
    assert(server->table_count < SERVER_TABLES_MAX);
    server->tables[server->table_count].methods = methods;
    server->tables[server->table_count].count = count;
    server->table_count++;
}

void server_accept(struct server *server, struct listener *listener, struct tls_context *tls)
{
    assert(!server->closing);
    server_connection_accept(server, listener, tls);
}

static void on_context_closed(struct h2_context *context)
{
    struct server *server = container_of(context, struct server, context);

    server->ops->closed(server);
}

void server_connection_gone(struct server *server)
{
    if (server->connection_count > 0)
        return;
    if (server->closing) {
        h2_context_close(&server->context, on_context_closed);
    } else if (server->draining && !server->drained) {
        server->drained = true;
        server->ops->drained(server);
    }
}

/* The list does not change inside the loop: connections are freed in a later loop iteration. */
void server_drain(struct server *server)
{
    if (server->draining || server->closing)
        return;
    server->draining = true;
    for (struct server_connection *c = server->connections; c != NULL; c = c->next)
        h2_connection_drain(&c->h2);
    server_connection_gone(server);
}

void server_close(struct server *server)
{
    if (server->closing)
        return;
    server->closing = true;
    for (struct server_connection *c = server->connections; c != NULL; c = c->next)
        h2_connection_close(&c->h2);
    server_connection_gone(server);
}

const struct method *server_method(const struct server *server, const uint8_t *path, size_t size)
{
    for (size_t t = 0; t < server->table_count; t++) {
        for (size_t m = 0; m < server->tables[t].count; m++) {
            const struct method *method = &server->tables[t].methods[m];

            if (strlen(method->path) == size && memcmp(method->path, path, size) == 0)
                return method;
        }
    }
    return NULL;
}

bool server_has_service(const struct server *server, const uint8_t *path, size_t size)
{
    for (size_t t = 0; t < server->table_count; t++) {
        for (size_t m = 0; m < server->tables[t].count; m++) {
            const char *known = server->tables[t].methods[m].path;

            /* "/package.Service/": the name and its slash */
            if (strlen(known) > size && known[size - 1] == '/' && memcmp(known, path, size) == 0)
                return true;
        }
    }
    return false;
}
