/* SPDX-License-Identifier: MIT */
/*
 * stream - one connected byte stream: TCP or Unix socket, in the clear or under TLS.
 *
 * Embedded in its owner (an HTTP/2 connection), which also frees it: after stream_close the memory must stay
 * until `closed` was called. Loop thread only; every function may be called from every callback.
 *
 * Backpressure: at most one write is in flight. stream_write sends what the kernel takes at once and keeps a
 * copy of the rest; while stream_busy the caller must not write, and `drained` says when it may again. Under
 * TLS the stream writes for itself too (handshake, alerts), so ask stream_busy before every write, even
 * the first.
 *
 * No callback ever comes from inside a call of the owner's; inside a callback every function is legal. After
 * `ended` only `closed` comes, and writes are dropped. The program ignores SIGPIPE.
 *
 * Sockets that were connected are tuned (socket.h); accepted ones are as their listener is.
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
 * Answers that TLS itself may have waiting behind a write in flight: a peer that provokes them (each attempt
 * to renegotiate is refused with an alert of some 30 bytes) and does not read them is not served.
 */
#define STREAM_ANSWERS_MAX 16384
/* One read: what fits a socket buffer that many small frames piled up in. */
#define STREAM_READ_SIZE 65536

struct stream;

struct stream_ops {
    /* Connected (or accepted), and the handshake is over: reading may start. At most once. */
    void (*ready)(struct stream *stream);
    /* Bytes, valid during the call only. Only between read_start and read_stop. */
    void (*read)(struct stream *stream, const uint8_t *bytes, size_t size);
    /* stream_busy is over. */
    void (*drained)(struct stream *stream);
    /*
     * No more bytes will come: the peer ended (err->code == 0) or something failed, which `err` says without
     * the name of the peer. At most once, before `ready` too (refused, handshake failed), never after
     * stream_close. A peer's end is noticed only while reading. Closing is left to the owner.
     */
    void (*ended)(struct stream *stream, const struct err *err);
    /* After stream_close, exactly once: the memory is the owner's again. */
    void (*closed)(struct stream *stream);
};

/*
 * Buffers that every stream of one loop shares: they are only in use between a read and the end of its
 * callback, and one such callback cannot run inside another as long as nobody runs the loop from inside it.
 * Owned by whoever owns the loop's connections; a plain allocation, no handles.
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
    struct tls *tls; /* owned; NULL in the clear */
    bool ready, ended, closing, reading;
    bool held; /* plaintext may be left in `tls` since the owner stopped to read */
    uv_write_t write;
    uint8_t *inflight; /* owned copy of what the write in flight sends; NULL: not busy */
    uv_connect_t connect;
    uv_idle_t deferred;  /* what must not happen inside a call of the owner's: on the loop's next turn */
    struct err *failure; /* owned; such a failure, or NULL */
};

/*
 * Takes the connection that `server` (a listening uv_tcp_t or uv_pipe_t) has waiting. `context` may be NULL;
 * else the handshake starts by itself. Fails only when there can be no TLS session: the connection is not
 * taken then, the stream needs no close and `closed` is not called. What fails later comes through `ended`.
 */
int stream_accept(struct stream *stream, uv_stream_t *server, enum endpoint_kind kind,
                  struct tls_context *context, const struct stream_ops *ops, struct stream_scratch *scratch,
                  struct err *err);

/*
 * Starts to connect to one address (`kind` TCP) or path (Unix). `host` is the name or address that the
 * server's certificate must bear; only needed with a `context`. There is no time limit but the kernel's.
 * Failures as in stream_accept: a refusal, even one that is known at once, comes through `ended`.
 */
int stream_connect(struct stream *stream, uv_loop_t *loop, enum endpoint_kind kind,
                   const struct sockaddr *address, const char *path, struct tls_context *context,
                   const char *host, const struct stream_ops *ops, struct stream_scratch *scratch,
                   struct err *err);

/* Only after `ready`. What was decrypted before a read_stop is not lost: it comes on the loop's next turn. */
void stream_read_start(struct stream *stream);
/* Takes effect at once, inside `read` too. */
void stream_read_stop(struct stream *stream);

/*
 * Sends all of `bytes`, now or as the one write in flight; they are sent or copied before it returns. Not
 * while stream_busy, only after `ready`.
 */
void stream_write(struct stream *stream, const uint8_t *bytes, size_t size);

static inline bool stream_busy(const struct stream *stream)
{
    return stream->inflight != NULL;
}

/*
 * Idempotent. What is in flight is given up: call it after `drained` when the last words matter. Under TLS a
 * close_notify is tried, or the alert that tells the peer why the handshake failed.
 */
void stream_close(struct stream *stream);

/* The verified peer under TLS, NULL otherwise. */
const struct tls_peer *stream_peer(const struct stream *stream);

#endif
