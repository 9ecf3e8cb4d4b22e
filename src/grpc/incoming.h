/* SPDX-License-Identifier: MIT */
/*
 * incoming - the request half of a call: what a connection does with a stream, until a method has its
 * messages.
 *
 * Private to grpc/connection, which has these functions called by its HTTP/2 connection, and to grpc/call,
 * which is the other half: the answer. A call is made in incoming_begin and freed in incoming_gone.
 */
#ifndef PROCJON_GRPC_INCOMING_H
#define PROCJON_GRPC_INCOMING_H

#include <stdalign.h>

#include "grpc/call.h"
#include "grpc/frame.h"
#include "grpc/h2.h"
#include "grpc/request.h"
#include "grpc/server.h"

/*
 *      HEADERS ──▶ READING ──────▶ HANDED ──▶ ANSWERED
 *         │           └──────────────┴────────▲
 *         ├──▶ REFUSING (no gRPC: its body is read before it is told so)
 *         └──────────────────────────────────▶ ANSWERED
 */
enum call_phase { CALL_HEADERS, CALL_READING, CALL_HANDED, CALL_REFUSING, CALL_ANSWERED };

struct call {
    struct h2_stream stream; /* first */
    struct server *server;
    const struct method *method; /* NULL: its path is unknown */
    enum call_phase phase;
    struct request request;
    enum request_verdict verdict;
    bool opened;    /* the method was told */
    bool responded; /* the response's headers are submitted */
    bool complete;  /* the one message of a unary request is in `body` */
    uint32_t refused_size;
    uint64_t deadline_ms, step_ms; /* of uv_now; 0: none */
    char *path;                    /* owned; only of a method that is unknown */
    struct frame_reader in;
    struct buf body;
    size_t held; /* what the two take, as counted in server->held */
    enum status_code code;
    char *message; /* owned, percent-encoded grpc-message; NULL: none */
    alignas(max_align_t) unsigned char state[CALL_STATE_SIZE];
};

/* As the members of struct h2_ops. */
struct h2_stream *incoming_begin(struct h2 *h2);
void incoming_header(struct h2_stream *stream, const uint8_t *name, size_t name_size, const uint8_t *value,
                     size_t value_size);
void incoming_headers(struct h2_stream *stream, bool trailing);
void incoming_data(struct h2_stream *stream, const uint8_t *bytes, size_t size);
void incoming_end(struct h2_stream *stream);
void incoming_due(struct h2_stream *stream);
void incoming_gone(struct h2_stream *stream, uint32_t code);

/* The server shuts down: what would go on for ever is ended, what is about to be answered may be. */
void incoming_drain(struct h2_stream *stream);

/* The next step of the call is due in so many ms; it replaces the one before. */
void incoming_step(struct call *call, uint64_t ms);

/* In call.c, as the members of struct h2_ops: the answer's part. */
void call_sent(struct h2_stream *stream);
bool call_trailers(struct h2_stream *stream);

/* In call.c: the answer to a request that is no gRPC, by its verdict: HTTP's own status, and a text. */
void call_refuse(struct call *call);

/* In call.c: gRPC by its content-type, but not a request that anybody may send: HTTP 400 with INTERNAL. */
void call_reject(struct call *call, const char *why);

#endif
