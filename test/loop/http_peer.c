/* SPDX-License-Identifier: MIT */
#include "http_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/endpoint.h"

static struct http_peer *client_of(uv_stream_t *stream)
{
    return container_of(stream, struct http_peer, tcp);
}

static void run_loop(struct http_peer *client)
{
    (void)uv_run(client->tcp.loop, UV_RUN_ONCE);
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
    struct http_peer *client = client_of((uv_stream_t *)handle);

    *room = uv_buf_init((char *)buf_reserve(&client->got, size + 1), (unsigned)size);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
    struct http_peer *client = client_of(stream);

    (void)room;
    if (size < 0)
        client->ended = true;
    else
        buf_grow(&client->got, (size_t)size);
    *buf_reserve(&client->got, 1) = '\0';
}

static void on_connected(uv_connect_t *request, int status)
{
    assert_int_equal(status, 0);
    container_of(request, struct http_peer, connect)->connected = true;
}

void http_peer_open(struct http_peer *client, uv_loop_t *loop, const char *address)
{
    struct endpoint endpoint;
    struct sockaddr_storage found[ENDPOINT_ADDRESSES_MAX];
    unsigned count;

    *client = (struct http_peer){0};
    assert_int_equal(endpoint_parse(&endpoint, address, NULL), 0);
    assert_int_equal(endpoint_resolve(&endpoint, found, &count, NULL), 0);
    assert_int_equal(uv_tcp_init(loop, &client->tcp), 0);
    assert_int_equal(
        uv_tcp_connect(&client->connect, &client->tcp, (struct sockaddr *)&found[0], on_connected), 0);
    while (!client->connected)
        run_loop(client);
    *buf_reserve(&client->got, 1) = '\0';
}

void http_peer_read(struct http_peer *client)
{
    (void)uv_read_start((uv_stream_t *)&client->tcp, on_room, on_read);
}

void http_peer_send(struct http_peer *client, const char *text)
{
    uv_buf_t bytes = uv_buf_init((char *)text, (unsigned)strlen(text));

    assert_int_equal(uv_write(&client->write, (uv_stream_t *)&client->tcp, &bytes, 1, NULL), 0);
}

const char *http_peer_got(const struct http_peer *client)
{
    return (const char *)buf_bytes(&client->got);
}

void http_peer_until(struct http_peer *client, const char *text)
{
    http_peer_read(client);
    while (strstr(http_peer_got(client), text) == NULL) {
        assert_false(client->ended);
        run_loop(client);
    }
}

void http_peer_until_end(struct http_peer *client)
{
    http_peer_read(client);
    while (!client->ended)
        run_loop(client);
}

static void on_closed(uv_handle_t *handle)
{
    client_of((uv_stream_t *)handle)->closed = true;
}

void http_peer_close(struct http_peer *client)
{
    uv_close((uv_handle_t *)&client->tcp, on_closed);
    while (!client->closed)
        run_loop(client);
    buf_fini(&client->got);
}

char *http_peer_body(struct http_peer *client)
{
    char *head = (char *)client->got.data + client->got.start;
    char *body = strstr(head, "\r\n\r\n");
    char *to, *from;
    unsigned long size;

    assert_non_null(body);
    *body = '\0';
    body += 4;
    if (strstr(head, "Transfer-Encoding: chunked") == NULL)
        return body;
    for (to = from = body; (size = strtoul(from, &from, 16)) > 0; from += size + 2) {
        from += 2;
        memmove(to, from, size);
        to += size;
    }
    *to = '\0';
    return body;
}

char *http_peer_get(struct http_peer *client, uv_loop_t *loop, const char *address, const char *path)
{
    char request[1024];

    http_peer_open(client, loop, address);
    assert_true((size_t)snprintf(request, sizeof request,
                                 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                                 path) < sizeof request);
    http_peer_send(client, request);
    http_peer_until_end(client);
    return http_peer_body(client);
}
