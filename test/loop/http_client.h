/* SPDX-License-Identifier: MIT */
/*
 * http_client - a connection that says what a test wants said, on the loop of the server that it talks to.
 *
 * Every wait turns the loop until the event is there.
 */
#ifndef PROCJON_TEST_HTTP_CLIENT_H
#define PROCJON_TEST_HTTP_CLIENT_H

#include <stdbool.h>
#include <uv.h>

#include "base/buf.h"
#include "base/uvx.h"

struct http_client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct buf got; /* always followed by a NUL */
    unsigned turns; /* of the loop while it waited */
    bool connected, ended, closed;
};

/* Returns when it is connected. */
void http_client_open(struct http_client *client, uv_loop_t *loop, const char *address);

/* Returns when it has gone, and frees what came. */
void http_client_close(struct http_client *client);

/* `text` must stay until it was sent. */
void http_client_say(struct http_client *client, const char *text);

/* Takes what comes from now on. */
void http_client_listen(struct http_client *client);

/* All that has come. */
const char *http_client_got(const struct http_client *client);

/* Waits for a piece of text in what comes. */
void http_client_until(struct http_client *client, const char *text);

void http_client_until_end(struct http_client *client);

/* Puts the pieces of a chunked body (RFC 9112 §7.1) together, in place; returns the body. */
char *http_client_body(struct http_client *client);

/* A request on a connection of its own; the caller closes the client. */
char *http_client_get(struct http_client *client, uv_loop_t *loop, const char *address, const char *path);

#endif
