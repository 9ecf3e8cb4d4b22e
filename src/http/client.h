/* SPDX-License-Identifier: MIT */
/*
 * client - requests to one URL, one at a time, on the loop.
 *
 * Embedded in its owner; after http_client_close the memory must stay until `closed` was called. Loop thread
 * only. One kept-alive HTTP/1.1 connection; redirects are not followed; TLS is verified; the usual proxy
 * variables of the environment count. See transfer.h.
 */
#ifndef PROCJON_HTTP_CLIENT_H
#define PROCJON_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "http/curl_transfer.h"

/* As much of a reply as is read: Slack's are a word, a proxy's error page may be anything. */
#define HTTP_CLIENT_REPLY_MAX 4096

/* Valid during the call that brings it. */
struct http_client_reply {
    int status; /* 0: there was none, and `error` says why */
    bool maybe; /* some time it was written as a whole and not answered: it may have been received */
    uint64_t retry_after_ms; /* Retry-After, seconds or a date; 0: none */
    const char *body;        /* at most HTTP_CLIENT_REPLY_MAX bytes, then a NUL */
    size_t size;
    const char *error; /* never contains the URL */
};

struct http_client;
typedef void (*http_client_reply_cb)(struct http_client *http, const struct http_client_reply *reply);
typedef void (*http_client_closed_cb)(struct http_client *http);

struct http_client_options {
    const char *url;          /* http or https; copied */
    const char *ca;           /* PEM of the certificates that vouch for it; NULL: the system's; copied */
    const char *content_type; /* NULL: nothing is posted */
    uint64_t deadline_ms;     /* for a whole request, from the name to the last byte of the reply */
    http_client_reply_cb replied;
};

struct http_client {
    struct curl_transfer transfer;
    void *headers; /* libcurl's */
    bool posting;
    size_t posted;     /* bytes of the body */
    unsigned attempts; /* to write it */
    char host[CURL_TRANSFER_HOST_MAX];
    char body[HTTP_CLIENT_REPLY_MAX + 1];
    size_t size;
    bool overflow;
    http_client_reply_cb replied;
    http_client_closed_cb closed;
};

/* Whether http_client_open would take the URL: -EINVAL if not. Pure. */
int http_client_check(const char *url, struct err *err);

/* On failure nothing is open. -EINVAL: not an http or https URL. Warns when the secret would travel in clear.
 */
int http_client_open(struct http_client *http, uv_loop_t *loop, const struct http_client_options *options,
                     struct err *err);

/*
 * Copies the body. `replied` is called once, later, never from inside; from it the next post, or the close,
 * is legal. If this fails there is no reply.
 */
int http_client_post(struct http_client *http, const void *body, size_t size, struct err *err);

/* The same without a body. */
int http_client_get(struct http_client *http, struct err *err);

/* Gives up a request on its way; `replied` is not called any more. Idempotent. */
void http_client_close(struct http_client *http, http_client_closed_cb closed);

#endif
