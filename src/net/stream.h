/* SPDX-License-Identifier: MIT */
/*
 * stream - one connected byte stream: a TCP or Unix socket, in plaintext or under TLS.
 *
 * Embedded in its owner (an HTTP/2 connection); after stream_close the memory must stay until `closed` was
 * called. Loop thread only. No callback is called inside a function of the stream; inside a callback every
 * function is legal. After `ended` only `closed` comes, and writes are dropped. The program must ignore
 * SIGPIPE.
 *
 * Backpressure: at most one write is in flight. stream_write sends what the kernel takes at once and copies
 * the rest; while stream_busy the owner must not write, and `drained` says when it may again. Under TLS the
 * stream writes for itself too (handshake, alerts): check stream_busy before every write, even the first.
 *
 * Connecting sockets are tuned (socket_tune); accepted ones inherit the options of their listener.
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
#include "net/socket.h"
#include "net/tls.h"

/*
 * Bytes of TLS alerts that may wait behind a write in flight. A peer that provokes more (each attempt to
 * renegotiate is refused with an alert of some 30 bytes) and does not read them is disconnected.
 */
#define STREAM_ALERTS_MAX 16384
/* The size of one read(2): many small frames may have arrived since the last. */
#define STREAM_READ_SIZE 65536

struct stream;

struct stream_ops {
    /* Connected (or accepted), and the handshake is over: reading may start. At most once. */
    void (*ready)(struct stream *stream);
    /* `bytes` are valid during the call only. Only between stream_read_start and stream_read_stop. */
    void (*read)(struct stream *stream, const uint8_t *bytes, size_t size);
    /* The write in flight is complete: stream_busy is false again. */
    void (*drained)(struct stream *stream);
    /*
     * No more bytes come: the peer closed the connection (err->code == 0), or an error, which does not name
     * the peer. At most once, possibly before `ready` (refused, handshake failed), never after stream_close.
     * The end by the peer is noticed only while reading. The owner has to call stream_close.
     */
    void (*ended)(struct stream *stream, const struct err *err);
    /* After stream_close, exactly once: nothing refers to the memory any more. */
    void (*closed)(struct stream *stream);
};

/*
 * Read buffers that all streams of one loop share: they are in use from a read to the end of its callback,
 * and callbacks do not nest unless one of them runs the loop. Owned by the h2_context; no handles.
 */
struct stream_scratch {
    uint8_t cipher[STREAM_READ_SIZE];
    uint8_t plain[STREAM_READ_SIZE];
};

struct stream {
    struct uvx_owner owner;
    union socket uv;
    const struct stream_ops *ops;
    struct stream_scratch *scratch;
    struct tls *tls; /* owned; NULL: plaintext */
    bool ready, ended, closing, reading;
    bool plaintext_left; /* `tls` may hold plaintext that came before stream_read_stop */
    uv_write_t write;
    uint8_t *inflight; /* owned copy of the bytes of the write in flight; NULL: none */
    uv_connect_t connect;
    uv_idle_t deferred;  /* calls back in the next loop iteration */
    struct err *failure; /* owned; the error that `deferred` reports, or NULL */
};

/*
 * Accepts the connection that waits on `server`, a listening uv_tcp_t or uv_pipe_t. `context` NULL:
 * plaintext; otherwise the handshake starts by itself. Fails only if OpenSSL cannot make a session: then the
 * connection is not accepted, and there is nothing to close. Later errors are reported with `ended`.
 */
int stream_accept(struct stream *stream, uv_stream_t *server, enum endpoint_kind kind,
                  struct tls_context *context, const struct stream_ops *ops, struct stream_scratch *scratch,
                  struct err *err);

/*
 * Starts to connect to `address` (TCP) or `path` (Unix). `host` is the name or address that the certificate
 * of the server must have; only used with a `context`. The only timeout is that of the kernel. Fails as
 * stream_accept does: a refusal, even one that is known at once, is reported with `ended`.
 */
int stream_connect(struct stream *stream, uv_loop_t *loop, enum endpoint_kind kind,
                   const struct sockaddr *address, const char *path, struct tls_context *context,
                   const char *host, const struct stream_ops *ops, struct stream_scratch *scratch,
                   struct err *err);

/* Only after `ready`. Plaintext left from before stream_read_stop comes in the next loop iteration. */
void stream_read_start(struct stream *stream);
/* Takes effect at once, also inside `read`. */
void stream_read_stop(struct stream *stream);

/* Sends all of `bytes`, now or as the write in flight, which is a copy. After `ready`, not while busy. */
void stream_write(struct stream *stream, const uint8_t *bytes, size_t size);

static inline bool stream_busy(const struct stream *stream)
{
    return stream->inflight != NULL;
}

/*
 * Idempotent. The write in flight is cancelled: wait for `drained` if it matters. Under TLS one attempt is
 * made to send close_notify, or the alert that says why the handshake failed.
 */
void stream_close(struct stream *stream);

/* The verified peer; NULL in plaintext and before the handshake is over. Valid as long as the stream. */
const struct tls_peer *stream_peer(const struct stream *stream);

#endif
