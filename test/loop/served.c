/* SPDX-License-Identifier: MIT */
#include "served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <netinet/in.h>

static void on_drained(struct server *server)
{
    container_of(server, struct served, server)->drained++;
}

static void on_server_closed(struct server *server)
{
    container_of(server, struct served, server)->closed++;
}

static const struct server_ops server_ops = {.drained = on_drained, .closed = on_server_closed};

static void on_connection(struct listener *listener)
{
    server_accept(&container_of(listener, struct served, listener)->server, listener, NULL);
}

static void on_listener_closed(struct listener *listener)
{
    (void)listener;
}

static const struct listener_ops listener_ops = {.connection = on_connection, .closed = on_listener_closed};

void served_open(struct served *served, uv_loop_t *loop, size_t connection_max, size_t source_max)
{
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct err err;

    if (listener_open(&served->listener, loop, ENDPOINT_TCP, (const struct sockaddr *)&any, NULL,
                      &listener_ops, &err) != 0)
        fail_msg("%s", err.msg);
    server_open(&served->server, loop, connection_max, source_max, &server_ops);
}

void served_close(struct served *served)
{
    listener_close(&served->listener);
    server_close(&served->server);
    server_close(&served->server);
}
