/* SPDX-License-Identifier: MIT */
/*
 * http_client - a connection that says what a test wants said, on the loop of the server that it talks to.
 *
 * Include after cmocka.h. Every wait turns the loop until the event is there.
 */
#ifndef PROCJON_TEST_HTTP_CLIENT_H
#define PROCJON_TEST_HTTP_CLIENT_H

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/buf.h"
#include "base/uvx.h"
#include "net/endpoint.h"

struct http_client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct buf got; /* always followed by a NUL */
    unsigned turns; /* of the loop while it waited */
    bool connected, ended, closed;
};

static inline struct http_client *http_client_of(uv_stream_t *stream)
{
    return container_of(stream, struct http_client, tcp);
}

static inline void http_client_turn(struct http_client *client)
{
    client->turns++;
    (void)uv_run(client->tcp.loop, UV_RUN_ONCE);
}

static inline void http_client_on_room(uv_handle_t *handle, size_t size, uv_buf_t *room)
{
    struct http_client *client = http_client_of((uv_stream_t *)handle);

    *room = uv_buf_init((char *)buf_reserve(&client->got, size + 1), (unsigned)size);
}

static inline void http_client_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
    struct http_client *client = http_client_of(stream);

    (void)room;
    if (size < 0)
        client->ended = true;
    else
        buf_grow(&client->got, (size_t)size);
    *buf_reserve(&client->got, 1) = '\0';
}

static inline void http_client_on_connected(uv_connect_t *request, int status)
{
    assert_int_equal(status, 0);
    container_of(request, struct http_client, connect)->connected = true;
}

static inline void http_client_open(struct http_client *client, uv_loop_t *loop, const char *address)
{
    struct endpoint endpoint;
    struct sockaddr_storage found[ENDPOINT_ADDRESSES_MAX];
    unsigned count;

    *client = (struct http_client){0};
    assert_int_equal(endpoint_parse(&endpoint, address, NULL), 0);
    assert_int_equal(endpoint_resolve(&endpoint, found, &count, NULL), 0);
    assert_int_equal(uv_tcp_init(loop, &client->tcp), 0);
    assert_int_equal(uv_tcp_connect(&client->connect, &client->tcp, (struct sockaddr *)&found[0],
                                    http_client_on_connected),
                     0);
    while (!client->connected)
        http_client_turn(client);
    *buf_reserve(&client->got, 1) = '\0';
}

static inline void http_client_listen(struct http_client *client)
{
    (void)uv_read_start((uv_stream_t *)&client->tcp, http_client_on_room, http_client_on_read);
}

/* `text` must stay until it was sent. */
static inline void http_client_say(struct http_client *client, const char *text)
{
    uv_buf_t bytes = uv_buf_init((char *)text, (unsigned)strlen(text));

    assert_int_equal(uv_write(&client->write, (uv_stream_t *)&client->tcp, &bytes, 1, NULL), 0);
}

static inline const char *http_client_got(const struct http_client *client)
{
    return (const char *)buf_bytes(&client->got);
}

/* Waits for a piece of text in what comes. */
static inline void http_client_until(struct http_client *client, const char *text)
{
    http_client_listen(client);
    while (strstr(http_client_got(client), text) == NULL) {
        assert_false(client->ended);
        http_client_turn(client);
    }
}

static inline void http_client_until_end(struct http_client *client)
{
    http_client_listen(client);
    while (!client->ended)
        http_client_turn(client);
}

static inline void http_client_on_closed(uv_handle_t *handle)
{
    http_client_of((uv_stream_t *)handle)->closed = true;
}

static inline void http_client_close(struct http_client *client)
{
    uv_close((uv_handle_t *)&client->tcp, http_client_on_closed);
    while (!client->closed)
        http_client_turn(client);
    buf_fini(&client->got);
}

/* Puts the pieces of a chunked body (RFC 9112 §7.1) together, in place; returns the body. */
static inline char *http_client_body(struct http_client *client)
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

/* A request of its own connection; the caller closes the client. */
static inline char *http_client_get(struct http_client *client, uv_loop_t *loop, const char *address,
                                    const char *path)
{
    char request[1024];

    http_client_open(client, loop, address);
    assert_true((size_t)snprintf(request, sizeof request,
                                 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                                 path) < sizeof request);
    http_client_say(client, request);
    http_client_until_end(client);
    return http_client_body(client);
}

#endif
