/* SPDX-License-Identifier: MIT */
/*
 * server_call_request - the request half of a server call: from its stream to its method.
 *
 * struct server_call has two halves. This file has the request: headers, messages, deadline, and the end of
 * the stream. server_call.c has the response. Private to those two and to server_connection, which passes the
 * functions below to its HTTP/2 connection. A call is allocated in server_call_on_begin and freed in
 * server_call_on_gone. Loop thread only.
 */
#ifndef PROCJON_GRPC_SERVER_CALL_REQUEST_H
#define PROCJON_GRPC_SERVER_CALL_REQUEST_H

#include <stdalign.h>

#include "grpc/frame.h"
#include "grpc/request_headers.h"
#include "grpc/server.h"
#include "grpc/server_call.h"
#include "http2/connection.h"

/*
 *      HEADERS ──▶ READING ──▶ DELIVERED ──▶ ANSWERED
 *         │           └────────────┴────────────▲
 *         ├──▶ REFUSING ────────────────────────┤   not gRPC: the body is read before the response
 *         └─────────────────────────────────────┘
 *
 * DELIVERED: a unary method has its message. ANSWERED: the status is set.
 */
enum server_call_phase {
    SERVER_CALL_HEADERS,
    SERVER_CALL_READING,
    SERVER_CALL_DELIVERED,
    SERVER_CALL_REFUSING,
    SERVER_CALL_ANSWERED
};

struct server_call {
    struct h2_stream stream; /* first */
    struct server *server;
    const struct method *method; /* NULL: the path is unknown */
    enum server_call_phase phase;
    struct request_headers request_headers;
    enum request_headers_verdict verdict;
    bool opened;                        /* method->open was called */
    bool responded;                     /* the response headers are submitted */
    bool complete;                      /* the message of a unary request is in `body` */
    uint32_t refused_size;              /* REFUSING: bytes of the body so far */
    uint64_t deadline_ms, phase_due_ms; /* uv_now, 0: none: grpc-timeout; the timeout of the phase */
    char *path;                         /* owned; only of an unknown method, for the status */
    struct frame_reader in;
    struct buf body;
    size_t buffered; /* bytes of `in` and `body`, as counted in server->buffered */
    enum status_code code;
    char *message; /* owned; grpc-message, percent-encoded; NULL: none */
    alignas(max_align_t) unsigned char state[SERVER_CALL_STATE_SIZE];
};

/* The members of struct h2_connection_ops. */
struct h2_stream *server_call_on_begin(struct h2_connection *h2);
void server_call_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size,
                           const uint8_t *value, size_t value_size);
void server_call_on_headers(struct h2_stream *stream, bool trailing);
void server_call_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size);
void server_call_on_end(struct h2_stream *stream);
void server_call_on_due(struct h2_stream *stream);
void server_call_on_gone(struct h2_stream *stream, uint32_t code);

/*
 * The server shuts down: ends the call with UNAVAILABLE, except a unary call whose method has its message and
 * is about to respond.
 */
void server_call_drain(struct h2_stream *stream);

/* Sets the timeout of the current phase, in `ms` from now. It replaces that of the last phase. */
void server_call_phase_timeout(struct server_call *call, uint64_t ms);

/* In server_call.c: the members of struct h2_connection_ops that concern the response. */
void server_call_sent(struct h2_stream *stream);
bool server_call_trailers(struct h2_stream *stream);

/* In server_call.c: responds to a request that is not gRPC, with an HTTP status and a text. */
void server_call_refuse(struct server_call *call);

/* In server_call.c: responds to a malformed gRPC request, with HTTP 400 and INTERNAL. */
void server_call_reject(struct server_call *call, const char *why);

#endif
