/* SPDX-License-Identifier: MIT */
/*
 * connection - one HTTP/2 connection (RFC 9113): the nghttp2 session on top of a byte stream, its clocks and
 * its end.
 *
 * Embedded first in the owner's connection object (the server's, or a channel's); after h2_connection_close,
 * or after `ended`, the memory must stay until `closed` was called. Loop thread only.
 *
 *      net/stream ──bytes──▶ flood_guard ─▶ nghttp2 ──callbacks──▶ h2_connection_ops   (session.c)
 *      net/stream ◀─bytes── flush ◀─ nghttp2 ◀──submit── h2_stream_send, …             (stream.c)
 *      timer ──a wait that was too long──▶ h2_connection_terminate, _close             (connection_timer.c)
 *
 * The callbacks of h2_connection_ops run inside nghttp2: they may submit (everything below is legal there),
 * never flush. h2_connection_close is legal from everywhere too: the connection is then over for the owner,
 * and is torn down in a later turn of the loop, which gives back each stream through `gone` before `closed`.
 */
#ifndef PROCJON_HTTP2_CONNECTION_H
#define PROCJON_HTTP2_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "http2/flood_guard.h"
#include "http2/context.h"
#include "http2/stream.h"
#include "http2/slab.h"
#include "net/listener.h"
#include "net/stream.h"

struct h2_connection;
struct nghttp2_session;

struct h2_connection_ops {
    /* The peer's first SETTINGS are here: a client may start to ask. */
    void (*ready)(struct h2_connection *h2);
    /* Server: a request begins. Returns its zeroed stream, or NULL to refuse it. */
    struct h2_stream *(*begin)(struct h2_connection *h2);
    void (*header)(struct h2_stream *stream, const uint8_t *name, size_t name_size, const uint8_t *value,
                   size_t value_size);
    /* A header block is complete: the first one, or (`trailing`) a later one; remote_closed: and it was all.
     */
    void (*headers)(struct h2_stream *stream, bool trailing);
    void (*data)(struct h2_stream *stream, const uint8_t *bytes, size_t size);
    /* END_STREAM arrived. */
    void (*end)(struct h2_stream *stream);
    /* `out` is empty and not `finished`: may append to it, with h2_stream_send. May be NULL. */
    void (*sent)(struct h2_stream *stream);
    /* `out` is empty and `finished`: may submit trailers with h2_stream_trailers, and returns whether it did.
     */
    bool (*trailers)(struct h2_stream *stream);
    void (*due)(struct h2_stream *stream);
    /* The stream is over: free it. `code` is an error code of RFC 9113 §7. Exactly once per stream. */
    void (*gone)(struct h2_stream *stream, uint32_t code);
    /* The peer will take no new streams (GOAWAY), or our own drain has said its last GOAWAY. */
    void (*draining)(struct h2_connection *h2);
    /* The connection is over, and why; code 0: an ordinary end. At most once, always before `closed`. */
    void (*ended)(struct h2_connection *h2, const struct err *err);
    void (*closed)(struct h2_connection *h2);
};

enum h2_connection_role { H2_SERVER, H2_CLIENT };

/* What a connection waits for, each until a time of its own. */
enum h2_wait {
    H2_PAUSE,     /* the end of h2_connection_pause_reading */
    H2_HANDSHAKE, /* the peer's first SETTINGS */
    H2_FRAME,     /* the rest of a frame that was begun */
    H2_STALL,     /* room for what is being written */
    H2_PONG,      /* any word, after our PING */
    H2_DRAIN,     /* an answer to the first GOAWAY; after the second, the end of the last stream */
    H2_SETTINGS,  /* that ours are acknowledged */
    H2_WAITS,
};

struct h2_connection {
    struct stream stream;
    struct uvx_owner owner; /* the timer, and a hold while the stream is open */
    uv_timer_t timer;
    struct h2_context *loop;
    struct slab *slab; /* where the session is made; NULL: on the heap */
    const struct h2_connection_ops *ops;
    struct nghttp2_session *session; /* NULL until connected */
    struct h2_stream *streams;       /* doubly linked */
    uint32_t stream_count;
    struct h2_connection *next_marked;
    enum h2_connection_role role;
    bool marked, peer_ready, terminating, goaway_sent, closing;
    const char *why; /* a literal: what the connection is terminating for, or what the library says of the
                        peer; NULL: nothing */
    enum h2_code terminate_code;
    struct flood_guard guard;
    struct token_bucket excess; /* what of h2_connection_pause_reading is forgiven */

    /* Times of uv_now; 0: it is not waited for, nothing is armed. See h2_clock.h. */
    uint64_t due_ms[H2_WAITS];
    uint64_t armed_ms;    /* for when the timer is */
    uint64_t read_ms;     /* last byte from the peer */
    uint64_t frames_seen; /* guard.frames when a frame was last waited for */
    bool drain_noticed;   /* the second GOAWAY is out */
};

/*
 * Takes the connection that `listener` has waiting. `slab` is the owner's, who most likely lies in it too. On
 * failure there is nothing to close.
 */
int h2_connection_accept(struct h2_connection *h2, struct slab *slab, struct h2_context *loop,
                         struct listener *listener, struct tls_context *tls,
                         const struct h2_connection_ops *ops, struct err *err);

/* Starts to connect, as stream_connect does. On failure there is nothing to close. */
int h2_connection_connect(struct h2_connection *h2, struct h2_context *loop, uv_loop_t *uv,
                          enum endpoint_kind kind, const struct sockaddr *address, const char *path,
                          struct tls_context *tls, const char *host, const struct h2_connection_ops *ops,
                          struct err *err);

/* Idempotent. What waits to be sent is lost: h2_connection_terminate says something first. */
void h2_connection_close(struct h2_connection *h2);

/* Ends the connection for a reason: GOAWAY with `code` and `text` (a literal), then h2_connection_close. */
void h2_connection_terminate(struct h2_connection *h2, enum h2_code code, const char *text);

/*
 * Does not read the connection for so long, once its peer has asked H2_EXCESS_BURST times for more than can
 * be done. The peer notices when its send buffer is full, and is not taken for silent meanwhile: far below
 * the time of a ping, please.
 */
void h2_connection_pause_reading(struct h2_connection *h2, uint64_t ms);

/*
 * Graceful end of the server's half (RFC 9113 §6.8): announce, wait for a round trip, name the last stream
 * and call `draining`; the connection closes when its last stream is gone, or after the time for it.
 */
void h2_connection_drain(struct h2_connection *h2);

/*
 * Client: sends the request's headers and makes `stream` live. Returns false if the connection takes no more:
 * it is ending, or the peer's MAX_CONCURRENT_STREAMS are open.
 */
bool h2_connection_request(struct h2_connection *h2, struct h2_stream *stream,
                           const struct h2_header *headers, size_t count);

/* Sends what waits, as much as the kernel takes; once per turn, by context. */
void h2_connection_flush(struct h2_connection *h2);

uint64_t h2_connection_now(const struct h2_connection *h2);

#endif
