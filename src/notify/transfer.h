/* SPDX-License-Identifier: MIT */
/*
 * transfer - libcurl on the loop: one transfer at a time, over one kept connection.
 *
 * Embedded in its owner, which sets the options of `easy` that make it HTTP or SMTP; after transfer_close the
 * memory must stay until `closed` was called. Loop thread only. Names are resolved on a thread of libcurl's
 * own. The process must ignore SIGPIPE: OpenSSL writes to sockets without MSG_NOSIGNAL.
 */
#ifndef PROCJON_NOTIFY_TRANSFER_H
#define PROCJON_NOTIFY_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"

/* Longest "scheme://host:port" kept for the log. */
#define TRANSFER_HOST_MAX 300

struct transfer;
/* `result` is a CURLcode. The next transfer, or the close, is legal. */
typedef void (*transfer_done_cb)(struct transfer *transfer, int result);
typedef void (*transfer_closed_cb)(struct transfer *transfer);

struct transfer {
    struct uvx_owner owner;
    uv_loop_t *loop;
    uv_timer_t timer;
    void *multi, *easy; /* libcurl's */
    bool running;
    int kept;        /* socket of the connection that waits for the next transfer; -1: none */
    char error[256]; /* CURL_ERROR_SIZE */
    transfer_done_cb done;
    transfer_closed_cb closed;
};

/* What may be shown of a URL: no path, no password. `local`: nobody on the way can listen. -EINVAL: none of
 * the two schemes. */
int transfer_host(const char *url, const char *plain_scheme, const char *tls_scheme,
                  char shown[TRANSFER_HOST_MAX], bool *local, struct err *err);

/* Of the certificates in `ca` (PEM, copied) one must vouch for the server; NULL: of the system's. */
void transfer_trust(void *easy, const char *ca);

/* A transfer that has not ended after `deadline_ms` has failed. On failure nothing is open. */
int transfer_open(struct transfer *transfer, uv_loop_t *loop, uint64_t deadline_ms, transfer_done_cb done,
                  struct err *err);

/* `done` is called once, later, never from inside. If this fails it is not called. */
int transfer_start(struct transfer *transfer, const char *host, struct err *err);

/* A sentence without the URL. */
const char *transfer_error(const struct transfer *transfer, int result);

/* Gives up a transfer on its way; `done` is not called any more. Idempotent. */
void transfer_close(struct transfer *transfer, transfer_closed_cb closed);

#endif
