/* SPDX-License-Identifier: MIT */
/*
 * connection_ops - what an HTTP/2 connection tells its owner (grpc/server_connection, grpc/subchannel) about
 * itself and about its streams.
 *
 * A constant table that h2_connection_accept or h2_connection_connect is given. Called on the loop thread,
 * mostly inside nghttp2: see http2/connection.h for what is legal there.
 */
#ifndef PROCJON_HTTP2_CONNECTION_OPS_H
#define PROCJON_HTTP2_CONNECTION_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct h2_connection;
struct h2_stream;

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
    /* The time set with h2_connection_stream_due has come. */
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

#endif
