/* SPDX-License-Identifier: MIT */
/*
 * stream - one request and its response on an HTTP/2 connection.
 *
 * Embedded first in the object of its owner (server_call, client_call), zeroed; live from `begin` (server) or
 * h2_connection_request (client) until `gone`, in which the owner frees it. Loop thread only. The functions
 * only submit frames; the connection is flushed before the loop waits.
 *
 * A stream knows of its connection what struct h2_streams has, which is embedded in it (http2/connection.h).
 */
#ifndef PROCJON_HTTP2_STREAM_H
#define PROCJON_HTTP2_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "http2/context.h"

struct h2_connection_ops;
struct nghttp2_session;

/* RFC 9113 §7: the error codes used here. */
enum h2_code {
    H2_NO_ERROR = 0x0,
    H2_PROTOCOL_ERROR = 0x1,
    H2_INTERNAL_ERROR = 0x2,
    H2_SETTINGS_TIMEOUT = 0x4,
    H2_REFUSED_STREAM = 0x7,
    H2_CANCEL = 0x8,
    H2_ENHANCE_YOUR_CALM = 0xb,
};

/* A header to send. Unless `copy` is set, name and value must outlive the stream: literals. */
struct h2_header {
    const char *name, *value;
    size_t name_size, value_size;
    bool copy;
};
#define H2_LITERAL(name, value)                                                                              \
    {                                                                                                        \
        name, value, sizeof name - 1, sizeof value - 1, false                                                \
    }

/* The streams of one connection, and what they use of it. */
struct h2_streams {
    struct nghttp2_session *session; /* NULL until connected */
    struct h2_context *context;
    struct h2_context_node node; /* flushes the connection */
    const struct h2_connection_ops *ops;
    struct h2_stream *first; /* doubly linked */
    uint32_t count;
};

struct h2_stream {
    struct h2_streams *streams; /* of its connection */
    struct h2_stream *next, *prev;
    int32_t id;
    uint32_t header_size; /* received, as RFC 9113 §6.5.2 counts */
    uint64_t due_ms;      /* when `due` is called; 0: never; see h2_connection_stream_due */
    struct buf out;       /* body bytes that nghttp2 has not taken yet */
    bool finished;        /* nothing is appended to `out` any more */
    bool remote_closed;   /* END_STREAM has arrived */
};

/* Server: sends the response's headers; `end`: with END_STREAM, and no body. */
void h2_stream_respond(struct h2_stream *stream, const struct h2_header *headers, size_t count, bool end);

/* Only inside h2_connection_ops.trailers. */
void h2_stream_trailers(struct h2_stream *stream, const struct h2_header *headers, size_t count);

/* Something was appended to `out`, or `finished` was set. */
void h2_stream_send(struct h2_stream *stream);

/* RST_STREAM; `gone` follows. */
void h2_stream_reset(struct h2_stream *stream, enum h2_code code);

/* Private to http2, as all below: adds the stream to those of its connection, removes it. */
void h2_stream_link(struct h2_streams *streams, struct h2_stream *stream, int32_t id);
void h2_stream_unlink(struct h2_stream *stream);

/* h2_connection_request, for a connection that is not closing. */
bool h2_streams_request(struct h2_streams *streams, struct h2_stream *stream, const struct h2_header *headers,
                        size_t count);

/*
 * Calls `due` for each stream whose time has come. Returns the next due time of a stream; UINT64_MAX: none.
 * `due` may submit frames; it must not free a stream of this connection.
 */
uint64_t h2_streams_expire(struct h2_streams *streams, uint64_t now);

/* Frames were submitted: the connection is flushed before the loop waits. */
static inline void h2_streams_mark(struct h2_streams *streams)
{
    h2_context_mark(streams->context, &streams->node);
}

#endif
