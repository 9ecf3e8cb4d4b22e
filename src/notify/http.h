/* SPDX-License-Identifier: MIT */
/*
 * http - requests to one URL, one at a time, on the loop.
 *
 * Embedded in its owner; after http_close the memory must stay until `closed` was called. Loop thread only.
 * One kept-alive HTTP/1.1 connection; redirects are not followed; TLS is verified; the usual proxy variables
 * of the environment count. See transfer.h.
 */
#ifndef PROCJON_NOTIFY_HTTP_H
#define PROCJON_NOTIFY_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "notify/transfer.h"

/* As much of a reply as is read: Slack's are a word, a proxy's error page may be anything. */
#define HTTP_REPLY_MAX 4096

/* Valid during the call that brings it. */
struct http_reply {
    int status; /* 0: there was none, and `error` says why */
    bool maybe; /* some time it was written as a whole and not answered: it may have been received */
    uint64_t retry_after_ms; /* Retry-After, seconds or a date; 0: none */
    const char *body;        /* at most HTTP_REPLY_MAX bytes, then a NUL */
    size_t size;
    const char *error; /* never contains the URL */
};

struct http;
typedef void (*http_reply_cb)(struct http *http, const struct http_reply *reply);
typedef void (*http_closed_cb)(struct http *http);

struct http_options {
    const char *url;          /* http or https; copied */
    const char *ca;           /* PEM of the certificates that vouch for it; NULL: the system's; copied */
    const char *content_type; /* NULL: nothing is posted */
    uint64_t deadline_ms;     /* for a whole request, from the name to the last byte of the reply */
    http_reply_cb replied;
};

struct http {
    struct transfer transfer;
    void *headers; /* libcurl's */
    bool posting;
    size_t posted;     /* bytes of the body */
    unsigned attempts; /* to write it */
    char host[TRANSFER_HOST_MAX];
    char body[HTTP_REPLY_MAX + 1];
    size_t size;
    bool overflow;
    http_reply_cb replied;
    http_closed_cb closed;
};

/* Whether http_open would take the URL: -EINVAL if not. Pure. */
int http_check(const char *url, struct err *err);

/* On failure nothing is open. -EINVAL: not an http or https URL. Warns when the secret would travel in clear.
 */
int http_open(struct http *http, uv_loop_t *loop, const struct http_options *options, struct err *err);

/*
 * Copies the body. `replied` is called once, later, never from inside; from it the next post, or the close,
 * is legal. If this fails there is no reply.
 */
int http_post(struct http *http, const void *body, size_t size, struct err *err);

/* The same without a body. */
int http_get(struct http *http, struct err *err);

/* Gives up a request on its way; `replied` is not called any more. Idempotent. */
void http_close(struct http *http, http_closed_cb closed);

#endif
