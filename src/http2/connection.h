/* SPDX-License-Identifier: MIT */
/*
 * connection - one HTTP/2 connection (RFC 9113): the nghttp2 session on top of a byte stream, its timeouts
 * and its end.
 *
 * Embedded first in its owner (grpc/server_connection, or grpc/subchannel). After h2_connection_close or
 * `ended` the owner keeps the memory until `closed`, and frees it there. Loop thread only.
 *      net/stream ──bytes──▶ flood_guard ─▶ nghttp2 ──callbacks──▶ h2_connection_ops    session.c
 *      net/stream ◀─bytes── flush ◀─ nghttp2 ◀──submit── h2_stream_send, …              stream.c
 *      timer ──timeout──▶ h2_connection_terminate, h2_connection_close                  connection_timer.c
 *
 * The callbacks run inside nghttp2: they may submit frames (every function below is legal there) and must not
 * flush. h2_connection_close is legal there too: it calls `ended` at once, and a later loop iteration calls
 * `gone` for each open stream and then `closed`.
 */
#ifndef PROCJON_HTTP2_CONNECTION_H
#define PROCJON_HTTP2_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "http2/context.h"
#include "http2/flood_guard.h"
#include "http2/slab.h"
#include "http2/stream.h"
#include "net/endpoint.h"
#include "net/stream.h"

struct h2_connection;
struct nghttp2_session;

struct h2_connection_ops {
    /* The first SETTINGS frame of the peer has arrived: a client may send requests. */
    void (*ready)(struct h2_connection *h2);
    /* Server: a request begins. Returns its zeroed stream; NULL: refused with REFUSED_STREAM. */
    struct h2_stream *(*begin)(struct h2_connection *h2);
    void (*header)(struct h2_stream *stream, const uint8_t *name, size_t name_size, const uint8_t *value,
                   size_t value_size);
    /* A header block is complete; `trailing`: it is not the first. stream->remote_closed is up to date. */
    void (*headers)(struct h2_stream *stream, bool trailing);
    void (*data)(struct h2_stream *stream, const uint8_t *bytes, size_t size);
    /* END_STREAM has arrived. */
    void (*end)(struct h2_stream *stream);
    /* `out` is empty and not `finished`: may append to it with h2_stream_send. May be NULL. */
    void (*sent)(struct h2_stream *stream);
    /* `out` is empty and `finished`: may call h2_stream_trailers; returns whether it did. */
    bool (*trailers)(struct h2_stream *stream);
    /* The time set with h2_stream_due has come. */
    void (*due)(struct h2_stream *stream);
    /* The stream is closed: free it. `code`: RFC 9113 §7. Exactly once per stream. */
    void (*gone)(struct h2_stream *stream, uint32_t code);
    /* Client: GOAWAY has arrived, new requests are refused. Server: the last GOAWAY of a drain is queued. */
    void (*draining)(struct h2_connection *h2);
    /* The connection is over and why; code 0: an orderly end. At most once, always before `closed`. */
    void (*ended)(struct h2_connection *h2, const struct err *err);
    /* Exactly once, last: nothing refers to the memory any more. */
    void (*closed)(struct h2_connection *h2);
};

enum h2_connection_role { H2_SERVER, H2_CLIENT };

/* What a connection waits for. Each has a time of its own in due_ms (connection_timer.h). */
enum h2_wait {
    H2_PAUSE,     /* the end of h2_connection_pause_reading */
    H2_HANDSHAKE, /* the peer's first SETTINGS */
    H2_FRAME,     /* the rest of a frame that has begun */
    H2_STALL,     /* the peer to take what is being written */
    H2_PONG,      /* any byte after our PING */
    H2_DRAIN,     /* the answer to the first GOAWAY; after the second, the end of the last stream */
    H2_SETTINGS,  /* the acknowledgement of our SETTINGS */
    H2_WAITS,
};

struct h2_connection {
    struct stream stream;
    struct uvx_owner owner; /* counts the timer, and `stream` while that is open */
    uv_timer_t timer;
    struct h2_context *context;
    struct slab *slab; /* where nghttp2 allocates the session; NULL: on the heap */
    const struct h2_connection_ops *ops;
    struct nghttp2_session *session; /* NULL until connected */
    struct h2_stream *streams;       /* doubly linked */
    uint32_t stream_count;
    struct h2_connection *next_marked; /* in the list of h2_context_mark */
    enum h2_connection_role role;
    bool marked, peer_ready, terminating, goaway_sent, closing;
    const char *why; /* a literal: the reason of the termination, or nghttp2's name of the peer's error */
    enum h2_code terminate_code;
    struct flood_guard flood_guard;
    struct token_bucket excess; /* calls of h2_connection_pause_reading that have no effect yet */

    /* Milliseconds of uv_now; 0: not waited for, or not armed. */
    uint64_t due_ms[H2_WAITS];
    uint64_t armed_ms;    /* when the timer fires */
    uint64_t read_ms;     /* when the last byte of the peer arrived */
    uint64_t frames_seen; /* flood_guard.frames when H2_FRAME was last armed */
    bool drain_noticed;   /* the second GOAWAY is queued */
};

/*
 * Server: takes the connection that waits on the listening socket `server`, as stream_accept does; `tls`
 * NULL: plaintext. The session is allocated from `slab`, which the owner frees after `closed`. On failure
 * there is nothing to close.
 */
int h2_connection_accept(struct h2_connection *h2, struct slab *slab, struct h2_context *context,
                         uv_stream_t *server, enum endpoint_kind kind, struct tls_context *tls,
                         const struct h2_connection_ops *ops, struct err *err);

/* Client: starts to connect, as stream_connect does. On failure there is nothing to close. */
int h2_connection_connect(struct h2_connection *h2, struct h2_context *context, uv_loop_t *loop,
                          enum endpoint_kind kind, const struct sockaddr *address, const char *path,
                          struct tls_context *tls, const char *host, const struct h2_connection_ops *ops,
                          struct err *err);

/* Idempotent. Frames that are queued are dropped: h2_connection_terminate sends them first. */
void h2_connection_close(struct h2_connection *h2);

/* Sends what is queued and GOAWAY with `code` and `text` (a literal), then closes the connection. */
void h2_connection_terminate(struct h2_connection *h2, enum h2_code code, const char *text);

/*
 * Does not read the connection for `ms`. The first H2_EXCESS_BURST calls, and H2_EXCESS_RATE a second, have
 * no effect. A pause counts as silence of the peer, so `ms` must be far below timeouts.ping.
 */
void h2_connection_pause_reading(struct h2_connection *h2, uint64_t ms);

/*
 * Server: graceful shutdown (RFC 9113 §6.8): sends GOAWAY without a last stream, waits for a round trip,
 * sends GOAWAY with it and calls `draining`. Closes after the last stream, or after the timeout `drain`.
 */
void h2_connection_drain(struct h2_connection *h2);

/* Client: sends the request's headers and links `stream`. False: the connection is ending, or the peer's
 * SETTINGS_MAX_CONCURRENT_STREAMS are open. */
bool h2_connection_request(struct h2_connection *h2, struct h2_stream *stream,
                           const struct h2_header *headers, size_t count);

/* Sends what is queued, as much as the kernel takes. Called by context once per loop iteration. */
void h2_connection_flush(struct h2_connection *h2);

/* uv_now of its loop. */
static inline uint64_t h2_connection_now(const struct h2_connection *h2)
{
    return uv_now(h2->timer.loop);
}

#endif
