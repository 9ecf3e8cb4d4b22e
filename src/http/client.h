/* SPDX-License-Identifier: MIT */
/*
 * client - HTTP requests to one URL, one at a time, on the loop.
 *
 * Embedded in its owner; after http_client_close the memory must stay until `closed` was called. Loop thread
 * only. The process must ignore or block SIGPIPE (see curl_transfer.h). It keeps one HTTP/1.1 connection
 * alive, does not follow redirects, verifies TLS and uses the proxy that the environment names (curl(1),
 * "Environment").
 */
#ifndef PROCJON_HTTP_CLIENT_H
#define PROCJON_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "http/curl_transfer.h"

/* Bytes of a reply that are kept unless the options say otherwise. Slack's reply is a word, a proxy's error
 * page may be of any size. */
#define HTTP_CLIENT_REPLY_MAX 4096

/* Valid during the callback only. */
struct http_client_reply {
    int status; /* the HTTP status; 0: there is no reply, `reason` and `error` say why */
    bool maybe; /* a whole request was written once and not answered: it may have been received */
    uint64_t retry_after_ms; /* Retry-After (RFC 9110, section 10.2.3), of seconds or a date; 0: none */
    const char *body;        /* at most `reply_max` bytes, then a NUL */
    size_t size;
    bool truncated;     /* the body is longer than `reply_max`; the rest was not read */
    const char *reason; /* the same text for the same cause: what it depends on is in `error` */
    const char *error;  /* the cause with addresses, ports and times, without the URL */
};

struct http_client;
typedef void (*http_client_reply_cb)(struct http_client *http, const struct http_client_reply *reply);
typedef void (*http_client_closed_cb)(struct http_client *http);

/* All strings are copied. NULL, 0 and false are the defaults. */
struct http_client_options {
    const char *url;           /* http or https */
    bool url_is_public;        /* the URL is no secret: see http_client_open, and it may show in a body */
    const char *ca;            /* PEM of the CAs to trust; NULL: those of `ca_file` */
    const char *ca_file;       /* the same in a file, read for each new connection; NULL: the system's */
    const char *user;          /* HTTP Basic authentication (RFC 7617); NULL: none */
    const char *password;      /* goes with `user` */
    const char *authorization; /* value of the Authorization header, instead of `user`; NULL: none */
    const char *accept;        /* value of the Accept header; NULL: any type */
    const char *content_type;  /* of the bodies that are posted; NULL: nothing is posted */
    const char *user_agent;    /* NULL: "procjon" */
    size_t reply_max;          /* bytes of a reply that are kept; 0: HTTP_CLIENT_REPLY_MAX */
    uint64_t deadline_ms;      /* for a whole request, from the name look-up to the last byte of the reply */
    http_client_reply_cb replied;
};

struct http_client {
    struct curl_transfer transfer;
    void *headers;     /* a struct curl_slist, owned */
    bool busy;         /* a request is in flight */
    bool hide_url;     /* in the body of a reply */
    size_t posted;     /* bytes of the request's body */
    unsigned attempts; /* times that the request was begun to be written */
    char host[CURL_TRANSFER_HOST_MAX];
    char *body; /* owned: reply_max bytes and a NUL */
    size_t size, reply_max;
    bool truncated;
    http_client_reply_cb replied;
    http_client_closed_cb closed;
};

/* Whether http_client_open accepts the URL; -EINVAL if not. Pure. */
int http_client_check(const char *url, struct err *err);

/*
 * The URL of `path`, which begins with a slash, below the URL `base`, which may have a path itself. NULL, and
 * -EINVAL in `err`: `base` is not an http or https URL, or it has a user, a query or a fragment. For free(3).
 * Pure.
 */
char *http_client_join(const char *base, const char *path, struct err *err);

/*
 * On failure nothing is open. -EINVAL: not an http or https URL. Warns in the log when what must stay secret,
 * the credentials or a URL that is not public, is sent in plaintext beyond this host.
 */
int http_client_open(struct http_client *http, uv_loop_t *loop, const struct http_client_options *options,
                     struct err *err);

/*
 * Copies the body. `replied` is called once, from the loop and never from inside this call; the next request
 * and the close are legal in it. If this fails, `replied` is not called. No request may be in flight.
 */
int http_client_post(struct http_client *http, const void *body, size_t size, struct err *err);

/* The same with the method GET. */
int http_client_get(struct http_client *http, struct err *err);

/* Cancels a request in flight; `replied` is not called any more. Idempotent, legal in any callback. */
void http_client_close(struct http_client *http, http_client_closed_cb closed);

#endif
