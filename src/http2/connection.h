/* SPDX-License-Identifier: MIT */
/*
 * connection - one HTTP/2 connection (RFC 9113): the nghttp2 session on top of a byte stream, its timeouts
 * and its end.
 *
 * Embedded first in its owner (grpc/server_connection, or grpc/subchannel). After h2_connection_close or
 * `ended` the owner keeps the memory until `closed`, and frees it there. Loop thread only.
 *      net/stream ──bytes──▶ flood_guard ─▶ nghttp2 ──callbacks──▶ h2_connection_ops    session.c
 *      net/stream ◀─bytes── flush ◀─ nghttp2 ◀──submit── h2_stream_send, …              stream.c
 *      timer ──timeout──▶ h2_connection_terminate, h2_connection_close                  timer.c
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
#include "http2/connection_ops.h"
#include "http2/context.h"
#include "http2/flood_guard.h"
#include "http2/slab.h"
#include "http2/stream.h"
#include "http2/timer.h"
#include "net/endpoint.h"
#include "net/stream.h"

enum h2_connection_role { H2_SERVER, H2_CLIENT };

struct h2_connection {
    struct stream stream;
    struct uvx_owner owner; /* counts the timer, and `stream` while that is open */
    struct h2_timer timer;
    struct slab *slab; /* where nghttp2 allocates the session; NULL: on the heap */
    struct h2_streams streams;
    enum h2_connection_role role;
    enum h2_code terminate_code;
    bool peer_ready, terminating, goaway_sent, closing;
    bool drain_noticed; /* the second GOAWAY is queued */
    const char *why;    /* a literal: the reason of the termination, or nghttp2's name of the peer's error */
    struct flood_guard flood_guard;
    struct token_bucket excess; /* calls of h2_connection_pause_reading that have no effect yet */
    uint64_t read_ms;           /* when the last byte of the peer arrived (uv_now) */
    uint64_t frames_seen;       /* flood_guard.frames when H2_FRAME was last armed */
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

/* h2_connection_ops.due is called at `at_ms` (milliseconds of uv_now); 0: not any more. */
void h2_connection_stream_due(struct h2_stream *stream, uint64_t at_ms);

/* The connection of a stream that is linked. */
static inline struct h2_connection *h2_connection_of(const struct h2_stream *stream)
{
    return container_of(stream->streams, struct h2_connection, streams);
}

/* uv_now of its loop. */
static inline uint64_t h2_connection_now(const struct h2_connection *h2)
{
    return uv_now(h2->timer.uv.loop);
}

#endif
