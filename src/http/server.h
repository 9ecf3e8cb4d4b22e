/* SPDX-License-Identifier: MIT */
/*
 * server - an HTTP/1.1 server (RFC 9112) on the loop: libmicrohttpd without a thread of its own.
 *
 * Embedded in its owner; after http_server_close the memory must stay until `closed` was called. Loop thread
 * only. It owns its listeners and connections. The loop watches the epoll descriptor of libmicrohttpd, and
 * the timeout of libmicrohttpd becomes a timer. Only GET and HEAD without a body are served.
 */
#ifndef PROCJON_HTTP_SERVER_H
#define PROCJON_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "http/response.h"
#include "http/time_budget.h"
#include "net/endpoint.h"
#include "net/listener.h"

struct http_server;
struct http_server_connection;
struct MHD_Daemon;

struct http_server_request {
    const char *path; /* percent-decoded, valid during the call */
    struct MHD_Connection *connection;
};

struct http_server_ops {
    /* A GET, or a HEAD, of whose response only the headers are sent: fills all of `response`. The server may
     * be closed in it. */
    void (*request)(struct http_server *server, const struct http_server_request *request,
                    struct http_response *response);
    /* Everything is closed, and the memory may go. Not called after a failed http_server_open. */
    void (*closed)(struct http_server *server);
};

/*
 * Bytes that libmicrohttpd allocates for one connection: for the request line and the headers, and then for
 * the part of the response that is being written. It bounds the request (414 or 431 beyond it) and what one
 * iteration of the loop writes.
 */
#define HTTP_CONNECTION_MEMORY 32768u

struct http_server_limits {
    unsigned connections; /* more are closed when they are accepted */
    unsigned idle_s;      /* without a byte in either direction for this long a connection is closed */
    uint64_t request_ms;  /* from the accept, or the end of a response, to the end of the next response */
    uint64_t sweep_ms;    /* how often `request_ms` is checked */
    uint64_t budget_ms;   /* the time for producing responses in one iteration of the loop */
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
    uv_poll_t poll;   /* the epoll descriptor of `mhd` */
    uv_timer_t wake;  /* the timeout of `mhd` */
    uv_timer_t sweep; /* active while there are connections */
    struct http_server_listener listeners[ENDPOINT_ADDRESSES_MAX];
    unsigned listener_count;
    struct http_server_connection *connections; /* owned, doubly linked */
    struct time_budget budget;
    bool failed; /* http_server_open failed: `closed` is not called */
};

/*
 * Listens on every address of `text` ("HOST:PORT" or "unix:PATH"); blocks while it resolves a name. Without
 * `insecure` an address beyond loopback is refused (-EPERM), because there is no authentication. `limits` and
 * `ops` must outlive the server. On failure `closed` is not called, but the loop must run until it is empty
 * before the memory may go.
 */
int http_server_open(struct http_server *server, uv_loop_t *loop, const char *text, bool insecure,
                     const struct http_server_limits *limits, const struct http_server_ops *ops,
                     struct err *err);

/* The value of an argument of the query, decoded, valid during the call of `request`; "" if it is missing. */
const char *http_server_argument(const struct http_server_request *request, const char *name);

/* Closes every connection at once, without waiting for responses. Idempotent, legal in any callback. */
void http_server_close(struct http_server *server);

#endif
