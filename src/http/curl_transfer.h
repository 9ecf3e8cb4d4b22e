/* SPDX-License-Identifier: MIT */
/*
 * curl_transfer - libcurl on the loop: one transfer at a time, over one kept connection.
 *
 * Embedded in its owner, which sets the options of `easy` that make it HTTP or SMTP; after
 * curl_transfer_close the memory must stay until `closed` was called. Loop thread only. Names are resolved on
 * a thread of libcurl's own. The process must ignore SIGPIPE: OpenSSL writes to sockets without MSG_NOSIGNAL.
 */
#ifndef PROCJON_HTTP_CURL_TRANSFER_H
#define PROCJON_HTTP_CURL_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"

/* Longest "scheme://host:port" kept for the log. */
#define CURL_TRANSFER_HOST_MAX 300

struct curl_transfer;
/* `result` is a CURLcode. The next transfer, or the close, is legal. */
typedef void (*curl_transfer_done_cb)(struct curl_transfer *transfer, int result);
typedef void (*curl_transfer_closed_cb)(struct curl_transfer *transfer);

struct curl_transfer {
    struct uvx_owner owner;
    uv_loop_t *loop;
    uv_timer_t timer;
    void *multi, *easy; /* libcurl's */
    bool running;
    int kept;        /* socket of the connection that waits for the next transfer; -1: none */
    char error[256]; /* CURL_ERROR_SIZE */
    curl_transfer_done_cb done;
    curl_transfer_closed_cb closed;
};

/* What may be shown of a URL: no path, no password. `local`: nobody on the way can listen. -EINVAL: none of
 * the two schemes. */
int curl_transfer_host(const char *url, const char *plain_scheme, const char *tls_scheme,
                       char shown[CURL_TRANSFER_HOST_MAX], bool *local, struct err *err);

/* Of the certificates in `ca` (PEM, copied) one must vouch for the server; NULL: of the system's. */
void curl_transfer_trust(void *easy, const char *ca);

/* A transfer that has not ended after `deadline_ms` has failed. On failure nothing is open. */
int curl_transfer_open(struct curl_transfer *transfer, uv_loop_t *loop, uint64_t deadline_ms,
                       curl_transfer_done_cb done, struct err *err);

/* `done` is called once, later, never from inside. If this fails it is not called. */
int curl_transfer_start(struct curl_transfer *transfer, const char *host, struct err *err);

/* A sentence without the URL. */
const char *curl_transfer_error(const struct curl_transfer *transfer, int result);

/* Gives up a transfer on its way; `done` is not called any more. Idempotent. */
void curl_transfer_close(struct curl_transfer *transfer, curl_transfer_closed_cb closed);

#endif
