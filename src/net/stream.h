/* SPDX-License-Identifier: MIT */
/*
 * stream - one connected byte stream: TCP or Unix socket, in the clear or under TLS.
 *
 * Embedded in its owner (an HTTP/2 connection), which also frees it: after stream_close the memory must stay
 * until `closed` was called. Loop thread only; every function may be called from every callback.
 *
 * Backpressure: at most one write is in flight. stream_write sends what the kernel takes at once and keeps a copy
 * of the rest; while stream_busy the caller must not write, and `drained` says when it may again.
 *
 * TCP sockets get TCP_NODELAY, SO_KEEPALIVE and TCP_USER_TIMEOUT (STREAM_USER_TIMEOUT_MS).
 */
#ifndef PROCJON_NET_STREAM_H
#define PROCJON_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "net/endpoint.h"
#include "net/tls.h"

/* A peer that acknowledges nothing for this long is gone (gRFC A18). */
#define STREAM_USER_TIMEOUT_MS 20000
/* One read: what fits a socket buffer that many small frames piled up in. */
#define STREAM_READ_SIZE 65536

struct stream;

struct stream_ops {
    /* Connected, and the handshake is over: reading may start. At most once, never from inside open. */
    void (*ready)(struct stream *stream);
    /* Bytes, valid during the call only. Only between read_start and read_stop, and after `ready`. */
    void (*read)(struct stream *stream, const uint8_t *bytes, size_t size);
    /* The write in flight is out. */
    void (*drained)(struct stream *stream);
    /*
     * No more bytes will come: the peer ended (err->code == 0) or something failed. At most once, never after
     * stream_close. Closing is left to the owner.
     */
    void (*ended)(struct stream *stream, const struct err *err);
    /* After stream_close, exactly once: the memory is the owner's again. */
    void (*closed)(struct stream *stream);
};

/*
 * Buffers that every stream of one loop shares: they are only in use between a read and the end of its callback.
 * Owned by whoever owns the loop's connections; a plain allocation, no handles.
 */
struct stream_scratch {
    uint8_t cipher[STREAM_READ_SIZE];
    uint8_t plain[STREAM_READ_SIZE];
};

struct stream {
    struct uvx_owner owner;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    const struct stream_ops *ops;
    struct stream_scratch *scratch;
    struct tls *tls; /* owned; NULL in the clear */
    bool ready, ended, closing, reading;
    uv_write_t write;
    uint8_t *inflight; /* owned copy of what the write in flight sends; NULL: not busy */
    uv_connect_t connect;
};

/*
 * Takes the connection that `server` (a listening uv_tcp_t or uv_pipe_t) has waiting. `tls` may be NULL. On
 * failure the stream needs no close and `closed` is not called.
 */
int stream_accept(struct stream *stream, uv_stream_t *server, enum endpoint_kind kind, struct tls_context *tls,
                  const struct stream_ops *ops, struct stream_scratch *scratch, struct err *err);

/*
 * Starts to connect to one address (`kind` TCP) or path (Unix). `host` is the name a TLS certificate must bear.
 * A refusal comes through `ended`. On failure of the call itself as in stream_accept.
 */
int stream_connect(struct stream *stream, uv_loop_t *loop, enum endpoint_kind kind, const struct sockaddr *address,
                   const char *path, struct tls_context *tls, const char *host, const struct stream_ops *ops,
                   struct stream_scratch *scratch, struct err *err);

void stream_read_start(struct stream *stream);
void stream_read_stop(struct stream *stream);

/* Sends all of `bytes`, now or as the one write in flight. Not while stream_busy, only after `ready`. */
void stream_write(struct stream *stream, const uint8_t *bytes, size_t size);

static inline bool stream_busy(const struct stream *stream)
{
    return stream->inflight != NULL;
}

/*
 * Idempotent. What is in flight is given up: call it after `drained` when the last words matter. Under TLS a
 * close_notify is tried.
 */
void stream_close(struct stream *stream);

/* The verified peer under TLS, NULL otherwise. */
const struct tls_peer *stream_peer(const struct stream *stream);

#endif
