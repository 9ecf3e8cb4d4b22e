/* SPDX-License-Identifier: MIT */
/*
 * curl_transfer - libcurl's multi interface on a libuv loop: one transfer at a time, over one connection that
 * is kept alive.
 *
 * Embedded in its owner, which sets the options of `easy` that make it HTTP or SMTP; after
 * curl_transfer_close the memory must stay until `closed` was called. Loop thread only. libcurl looks names
 * up on a thread of its own. The process must ignore or block SIGPIPE: OpenSSL writes to sockets without
 * MSG_NOSIGNAL.
 */
#ifndef PROCJON_HTTP_CURL_TRANSFER_H
#define PROCJON_HTTP_CURL_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"

/* Longest "scheme://host:port" for the log: a host name has at most 253 bytes (RFC 1035, section 2.3.4). */
#define CURL_TRANSFER_HOST_MAX 300

struct curl_transfer;
/* `result` is a CURLcode. Starting the next transfer and the close are legal in it. */
typedef void (*curl_transfer_done_cb)(struct curl_transfer *transfer, int result);
typedef void (*curl_transfer_closed_cb)(struct curl_transfer *transfer);

struct curl_transfer {
    struct uvx_owner owner;
    uv_loop_t *loop;
    uv_timer_t timer;
    void *multi, *easy; /* libcurl's */
    bool running;
    int kept;        /* socket of the idle connection that the next transfer uses; -1: none */
    char error[256]; /* CURL_ERROR_SIZE */
    curl_transfer_done_cb done;
    curl_transfer_closed_cb closed;
};

/*
 * Writes what may be shown of a URL: scheme, host and port, without path and password. `secure`: the scheme
 * is that of TLS, or the host is this one. -EINVAL: the scheme is neither of the two.
 */
int curl_transfer_host(const char *url, const char *plain_scheme, const char *tls_scheme,
                       char shown[CURL_TRANSFER_HOST_MAX], bool *secure, struct err *err);

/*
 * The CAs that are trusted: those in `ca` (PEM, copied), or else those in `ca_file` (PEM, read for each new
 * connection), or else the system's.
 */
void curl_transfer_trust(void *easy, const char *ca, const char *ca_file);

/* A transfer that has not ended after `deadline_ms` has failed. On failure nothing is open. */
int curl_transfer_open(struct curl_transfer *transfer, uv_loop_t *loop, uint64_t deadline_ms,
                       curl_transfer_done_cb done, struct err *err);

/*
 * `done` is called once, from the loop and never from inside this call. If this fails, it is not called.
 * `host` is for the error.
 */
int curl_transfer_start(struct curl_transfer *transfer, const char *host, struct err *err);

/* The text of `result`, of the last transfer, with what libcurl knows about the cause. Without the URL. */
const char *curl_transfer_error(const struct curl_transfer *transfer, int result);

/* Cancels a transfer in flight; `done` is not called any more. Idempotent, legal in any callback. */
void curl_transfer_close(struct curl_transfer *transfer, curl_transfer_closed_cb closed);

#endif
