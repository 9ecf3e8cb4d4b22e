/* SPDX-License-Identifier: MIT */
/*
 * server_call_request - the request half of a call: what a connection does with a stream, until a method has
 * its messages.
 *
 * Private to grpc/connection, which has these functions called by its HTTP/2 connection, and to grpc/call,
 * which is the other half: the answer. A call is made in server_call_on_begin and freed in
 * server_call_on_gone.
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
 *      HEADERS ──▶ READING ──────▶ HANDED ──▶ ANSWERED
 *         │           └──────────────┴────────▲
 *         ├──▶ REFUSING (no gRPC: its body is read before it is told so)
 *         └──────────────────────────────────▶ ANSWERED
 */
enum server_call_phase {
    SERVER_CALL_HEADERS,
    SERVER_CALL_READING,
    SERVER_CALL_HANDED,
    SERVER_CALL_REFUSING,
    SERVER_CALL_ANSWERED
};

struct server_call {
    struct h2_stream stream; /* first */
    struct server *server;
    const struct method *method; /* NULL: its path is unknown */
    enum server_call_phase phase;
    struct request_headers request_headers;
    enum request_headers_verdict verdict;
    bool opened;    /* the method was told */
    bool responded; /* the response's headers are submitted */
    bool complete;  /* the one message of a unary request is in `body` */
    uint32_t refused_size;
    uint64_t deadline_ms, phase_due_ms; /* of uv_now; 0: none */
    char *path;                         /* owned; only of a method that is unknown */
    struct frame_reader in;
    struct buf body;
    size_t held; /* what the two take, as counted in server->held */
    enum status_code code;
    char *message; /* owned, percent-encoded grpc-message; NULL: none */
    alignas(max_align_t) unsigned char state[SERVER_CALL_STATE_SIZE];
};

/* As the members of struct h2_connection_ops. */
struct h2_stream *server_call_on_begin(struct h2_connection *h2);
void server_call_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size,
                           const uint8_t *value, size_t value_size);
void server_call_on_headers(struct h2_stream *stream, bool trailing);
void server_call_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size);
void server_call_on_end(struct h2_stream *stream);
void server_call_on_due(struct h2_stream *stream);
void server_call_on_gone(struct h2_stream *stream, uint32_t code);

/* The server shuts down: what would go on for ever is ended, what is about to be answered may be. */
void server_call_drain(struct h2_stream *stream);

/* The next step of the call is due in so many ms; it replaces the one before. */
void server_call_phase_timeout(struct server_call *call, uint64_t ms);

/* In call.c, as the members of struct h2_connection_ops: the answer's part. */
void server_call_sent(struct h2_stream *stream);
bool server_call_trailers(struct h2_stream *stream);

/* In call.c: the answer to a request that is no gRPC, by its verdict: HTTP's own status, and a text. */
void server_call_refuse(struct server_call *call);

/* In call.c: gRPC by its content-type, but not a request that anybody may send: HTTP 400 with INTERNAL. */
void server_call_reject(struct server_call *call, const char *why);

#endif
