/* SPDX-License-Identifier: MIT */
/*
 * socket - the libuv handle of a TCP or a Unix socket: which of the two is known at run time only.
 *
 * Embedded in its owner, who opens and closes it. Loop thread only.
 */
#ifndef PROCJON_NET_SOCKET_H
#define PROCJON_NET_SOCKET_H

#include <uv.h>

#include "net/endpoint.h"

/* A peer that acknowledges nothing for this long is gone (gRFC A18). */
#define SOCKET_USER_TIMEOUT_MS 20000
/*
 * The longest that TCP waits before it tries again, where the kernel lets us say so. It would double the wait
 * each time, and a heartbeat that met a network of 4 s without a cable would be 6 s late.
 */
#define SOCKET_RETRANSMIT_MS 1000
/* Silence after which the kernel asks whether the peer is there; no answer, and the limit above applies. */
#define SOCKET_KEEPALIVE_S 20

union socket {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

/* Neither kind opens a descriptor yet. */
void socket_init(union socket *uv, uv_loop_t *loop, enum endpoint_kind kind);

/*
 * An open TCP socket: TCP_NODELAY, SO_KEEPALIVE, TCP_USER_TIMEOUT and TCP_RTO_MAX_MS. Linux hands them on:
 * set once on a listening socket, they need no calls for each accepted.
 */
void socket_tune(uv_tcp_t *tcp);

#endif
