/* SPDX-License-Identifier: MIT */
/*
 * server - HTTP/1.1 (RFC 9112) on the loop: libmicrohttpd, without a thread of its own.
 *
 * Embedded in its owner; after http_server_close the memory must stay until `closed` was called. Loop thread
 * only. It owns its listeners and connections. libmicrohttpd has an epoll descriptor, which the loop watches,
 * and a timeout, which becomes a timer. GET and HEAD only, and no request may have a body.
 */
#ifndef PROCJON_HTTP_SERVER_H
#define PROCJON_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "http/response.h"

struct http_server;
struct exchange; /* a connection, and since when its next answer is due */
struct MHD_Daemon;

struct http_server_request {
    const char *path; /* decoded, valid during the call */
    struct MHD_Connection *connection;
};

struct http_server_ops {
    /* Fills `answer` for a GET, or for a HEAD, of which only the headers will be sent. */
    void (*asked)(struct http_server *server, const struct http_server_request *request,
                  struct http_response *answer);
    void (*closed)(struct http_server *server);
};

/*
 * Bytes for the request line and the headers of one connection, and then for the piece of the answer that is
 * being written: it bounds the request (431 or 414 beyond it) and what one turn of the loop writes.
 */
#define HTTP_CONNECTION_MEMORY 32768u

/* Chosen by the owner. */
struct http_server_limits {
    unsigned connections, idle_s;
    uint64_t exchange_ms, sweep_ms, turn_ms;
};

struct http_server_listener {
    struct listener listener;
    struct http_server *server;
};

struct http_server {
    struct uvx_owner owner; /* the handles, and a hold for each open listener */
    const struct http_server_ops *ops;
    const struct http_server_limits *limits;
    struct MHD_Daemon *mhd;
    uv_poll_t poll;   /* mhd's epoll descriptor */
    uv_timer_t wake;  /* mhd's timeout */
    uv_timer_t sweep; /* running while there are connections */
    struct http_server_listener listeners[ENDPOINT_ADDRESSES_MAX];
    unsigned listener_count;
    struct exchange *exchanges; /* doubly linked */
    struct turn turn;
    bool failed; /* to open: nobody is told of the end */
};

/*
 * Listens on every address of `text` ("HOST:PORT" or "unix:PATH"); blocks while it resolves a name.
 * Without `insecure` an address beyond loopback is refused: there is no password. `limits` must outlive it.
 * On failure `closed` is not called, but the loop must run until it is empty before the memory may go.
 */
int http_server_open(struct http_server *server, uv_loop_t *loop, const char *text, bool insecure,
                     const struct http_server_limits *limits, const struct http_server_ops *ops,
                     struct err *err);

/* The value of an argument of the URL, decoded, valid during the call; "" if it is not there. */
const char *http_server_argument(const struct http_server_request *request, const char *name);

/* Cuts every connection. Idempotent, legal from any callback. */
void http_server_close(struct http_server *server);

#endif
