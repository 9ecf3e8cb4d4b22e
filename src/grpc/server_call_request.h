/* SPDX-License-Identifier: MIT */
/*
 * server_call_request - the request half of a server call: from its stream to its method.
 *
 * Headers, messages, deadline, and the end of the stream; server_call.c has the response. Private to
 * grpc/server_connection, which passes the functions below to its HTTP/2 connection. Loop thread only.
 */
#ifndef PROCJON_GRPC_SERVER_CALL_REQUEST_H
#define PROCJON_GRPC_SERVER_CALL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/token_bucket.h"
#include "grpc/server_calls.h"
#include "http2/connection.h"

/* What the calls of one connection share. First in struct server_connection. */
struct server_call_transport {
    struct h2_connection h2; /* first */
    struct server_calls *calls;
    size_t buffered;              /* its share of calls->buffered */
    struct token_bucket inflated; /* bytes that may still be inflated */
};

/* The members of struct h2_connection_ops, for the `h2` of a server_call_transport. */
struct h2_stream *server_call_on_begin(struct h2_connection *h2);
void server_call_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size,
                           const uint8_t *value, size_t value_size);
void server_call_on_headers(struct h2_stream *stream, bool trailing);
void server_call_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size);
void server_call_on_end(struct h2_stream *stream);
void server_call_on_sent(struct h2_stream *stream);
bool server_call_on_trailers(struct h2_stream *stream);
void server_call_on_due(struct h2_stream *stream);
void server_call_on_gone(struct h2_stream *stream, uint32_t code);

/*
 * The server shuts down: ends the call with UNAVAILABLE, except a unary call whose method has its message and
 * is about to respond.
 */
void server_call_drain(struct h2_stream *stream);

#endif
