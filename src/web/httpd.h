/* SPDX-License-Identifier: MIT */
/*
 * httpd - HTTP/1.1 (RFC 9112) on the loop: libmicrohttpd, without a thread of its own.
 *
 * Embedded in its owner; after httpd_close the memory must stay until `closed` was called. Loop thread only.
 * It owns its listeners and connections. libmicrohttpd has an epoll descriptor, which the loop watches, and a
 * timeout, which becomes a timer. GET and HEAD only, and no request may have a body.
 */
#ifndef PROCJON_WEB_HTTPD_H
#define PROCJON_WEB_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "web/answer.h"

struct httpd;
struct exchange; /* a connection, and since when its next answer is due */
struct MHD_Daemon;

struct httpd_request {
    const char *path; /* decoded, valid during the call */
    struct MHD_Connection *connection;
};

struct httpd_ops {
    /* Fills `answer` for a GET, or for a HEAD, of which only the headers will be sent. */
    void (*asked)(struct httpd *httpd, const struct httpd_request *request, struct answer *answer);
    void (*closed)(struct httpd *httpd);
};

/* The usual ones are in limits.h. */
struct httpd_limits {
    unsigned connections, idle_s;
    uint64_t exchange_ms, sweep_ms, turn_ms;
};

struct httpd_listener {
    struct listener listener;
    struct httpd *httpd;
};

struct httpd {
    struct uvx_owner owner; /* the handles, and a hold for each open listener */
    const struct httpd_ops *ops;
    const struct httpd_limits *limits;
    struct MHD_Daemon *mhd;
    uv_poll_t poll;   /* mhd's epoll descriptor */
    uv_timer_t wake;  /* mhd's timeout */
    uv_timer_t sweep; /* running while there are connections */
    struct httpd_listener listeners[ENDPOINT_ADDRESSES_MAX];
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
int httpd_open(struct httpd *httpd, uv_loop_t *loop, const char *text, bool insecure,
               const struct httpd_limits *limits, const struct httpd_ops *ops, struct err *err);

/* The value of an argument of the URL, decoded, valid during the call; "" if it is not there. */
const char *httpd_argument(const struct httpd_request *request, const char *name);

/* Cuts every connection. Idempotent, legal from any callback. */
void httpd_close(struct httpd *httpd);

#endif
