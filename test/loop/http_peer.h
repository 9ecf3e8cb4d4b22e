/* SPDX-License-Identifier: MIT */
/*
 * http_peer - an HTTP client that sends any bytes, on the loop of the server under test.
 *
 * Embedded in a test. Every function that waits runs the loop until the event.
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
    struct buf got; /* all that was received, always followed by a NUL */
    bool connected, ended, closed;
};

/* Waits until it is connected. */
void http_peer_open(struct http_peer *client, uv_loop_t *loop, const char *address);

/* Waits until it is closed, and frees what was received. */
void http_peer_close(struct http_peer *client);

/* `text` must stay valid until it is sent. */
void http_peer_send(struct http_peer *client, const char *text);

/* Reads from now on. */
void http_peer_read(struct http_peer *client);

/* All that was received. */
const char *http_peer_got(const struct http_peer *client);

/* Waits until the text is in what was received. */
void http_peer_until(struct http_peer *client, const char *text);

/* Waits until the server has closed the connection. */
void http_peer_until_end(struct http_peer *client);

/* The body, of which a chunked one (RFC 9112, section 7.1) is decoded in place. */
char *http_peer_body(struct http_peer *client);

/* The body of the response to a GET on a new connection, which the caller closes. */
char *http_peer_get(struct http_peer *client, uv_loop_t *loop, const char *address, const char *path);

#endif
