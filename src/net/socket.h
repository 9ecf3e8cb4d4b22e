/* SPDX-License-Identifier: MIT */
/*
 * socket - the libuv handle of a TCP or a Unix socket; the kind is known at run time only.
 *
 * Embedded in its owner, which closes the handle. Loop thread only.
 */
#ifndef PROCJON_NET_SOCKET_H
#define PROCJON_NET_SOCKET_H

#include <uv.h>

#include "net/endpoint.h"

/* TCP_USER_TIMEOUT: a peer that acknowledges nothing for this long is disconnected (gRFC A18). */
#define SOCKET_USER_TIMEOUT_MS 20000
/*
 * TCP_RTO_MAX_MS: the longest wait before a retransmission. TCP doubles the wait each time, so that after an
 * outage of 4 s a heartbeat would arrive up to 6 s late.
 */
#define SOCKET_RETRANSMIT_MS 1000
/* SO_KEEPALIVE: silence before the kernel probes the peer; SOCKET_USER_TIMEOUT_MS limits the answer. */
#define SOCKET_KEEPALIVE_S 20

union socket {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

/* Initialises the handle. Opens no descriptor. */
void socket_init(union socket *uv, uv_loop_t *loop, enum endpoint_kind kind);

/*
 * Sets TCP_NODELAY, SO_KEEPALIVE, TCP_USER_TIMEOUT and TCP_RTO_MAX_MS on an open TCP socket. On Linux
 * accepted sockets inherit them from the listening socket.
 */
void socket_tune(uv_tcp_t *tcp);

#endif
