/* SPDX-License-Identifier: MIT */
/*
 * http_peer - a connection that says what a test wants said, on the loop of the server that it talks to.
 *
 * Every wait turns the loop until the event is there.
 */
#ifndef PROCJON_TEST_HTTP_PEER_H
#define PROCJON_TEST_HTTP_PEER_H

#include <stdbool.h>
#include <uv.h>

#include "base/buf.h"
#include "base/uvx.h"

struct http_peer {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct buf got; /* always followed by a NUL */
    unsigned turns; /* of the loop while it waited */
    bool connected, ended, closed;
};

/* Returns when it is connected. */
void http_peer_open(struct http_peer *client, uv_loop_t *loop, const char *address);

/* Returns when it has gone, and frees what came. */
void http_peer_close(struct http_peer *client);

/* `text` must stay until it was sent. */
void http_peer_say(struct http_peer *client, const char *text);

/* Takes what comes from now on. */
void http_peer_listen(struct http_peer *client);

/* All that has come. */
const char *http_peer_got(const struct http_peer *client);

/* Waits for a piece of text in what comes. */
void http_peer_until(struct http_peer *client, const char *text);

void http_peer_until_end(struct http_peer *client);

/* Puts the pieces of a chunked body (RFC 9112 §7.1) together, in place; returns the body. */
char *http_peer_body(struct http_peer *client);

/* A request on a connection of its own; the caller closes the client. */
char *http_peer_get(struct http_peer *client, uv_loop_t *loop, const char *address, const char *path);

#endif
