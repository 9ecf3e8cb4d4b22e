/* SPDX-License-Identifier: MIT */
/*
 * subchannel - one connection of a channel to one address of one endpoint, and the calls on it.
 *
 * Allocated by its owner (grpc/channel), which frees it in `closed`. Loop thread only; every function is
 * legal in every callback. A subchannel connects once and is not used again after that.
 *
 *      CONNECTING ──SETTINGS──▶ READY ──GOAWAY──▶ DRAINING ──last call ends──▶ closed
 *          └──failed────────────────┴──lost──────────────────────────────────────▲
 *
 * The callbacks come in that order, each at most once; `closed` comes exactly once and last.
 */
#ifndef PROCJON_GRPC_SUBCHANNEL_H
#define PROCJON_GRPC_SUBCHANNEL_H

#include <stdbool.h>
#include <uv.h>

#include "base/err.h"
#include "grpc/client_call.h"
#include "http2/connection.h"
#include "http2/context.h"
#include "net/endpoint.h"
#include "net/tls_context.h"

struct subchannel;

struct subchannel_ops {
    /* The server's SETTINGS have arrived: the subchannel takes calls. */
    void (*ready)(struct subchannel *subchannel);
    /* The connection ended before `ready`. */
    void (*failed)(struct subchannel *subchannel, const struct err *err);
    /* GOAWAY has arrived: no new calls, those that are open go on. */
    void (*draining)(struct subchannel *subchannel);
    /* The connection ended while it was ready. Its calls end through client_call_ops.done. */
    void (*lost)(struct subchannel *subchannel, const struct err *err);
    /* Nothing refers to the memory any more. */
    void (*closed)(struct subchannel *subchannel);
};

enum subchannel_state { SUBCHANNEL_CONNECTING, SUBCHANNEL_READY, SUBCHANNEL_DRAINING, SUBCHANNEL_ENDED };

struct subchannel {
    struct h2_connection h2; /* first */
    const struct subchannel_ops *ops;
    void *owner;
    struct subchannel *next, *prev;  /* for the owner's list */
    const struct endpoint *endpoint; /* the owner's, outlives the subchannel */
    enum subchannel_state state;
    struct client_call_target target;
    struct err end; /* why the connection ended */
    char authority[ENDPOINT_TEXT_MAX];
    char peer[ENDPOINT_TEXT_MAX]; /* the address for the log: "127.0.0.1:8080", "unix:/run/procjon.sock" */
};

/*
 * Starts to connect. `address` is NULL for a Unix socket, `tls` for plaintext. `peer` is filled on failure
 * too; then there is nothing to close and no callback comes.
 */
int subchannel_open(struct subchannel *subchannel, struct h2_context *context, uv_loop_t *loop,
                    const struct endpoint *endpoint, const struct sockaddr *address, struct tls_context *tls,
                    const struct subchannel_ops *ops, void *owner, struct err *err);

/* As client_call_open; NULL unless the subchannel is ready. */
struct client_call *subchannel_call(struct subchannel *subchannel, const struct client_call_request *request,
                                    const struct client_call_ops *ops, void *owner);

/*
 * Idempotent. Sends GOAWAY if the kernel takes it at once: a server that does not read is not waited for.
 * Open calls end through client_call_ops.done. Neither `failed` nor `lost` comes from it.
 */
void subchannel_close(struct subchannel *subchannel);

#endif
