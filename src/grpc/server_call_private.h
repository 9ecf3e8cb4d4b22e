/* SPDX-License-Identifier: MIT */
/*
 * server_call_private - struct server_call, and what its request half calls of its response half.
 *
 * server_call_request.c has the request, from the stream to the method. server_call.c has the response, and
 * knows nothing of the request. Private to those two. A call is allocated in server_call_on_begin and freed
 * in server_call_on_gone. Loop thread only.
 */
#ifndef PROCJON_GRPC_SERVER_CALL_PRIVATE_H
#define PROCJON_GRPC_SERVER_CALL_PRIVATE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/frame.h"
#include "grpc/method.h"
#include "grpc/request_headers.h"
#include "grpc/server_calls.h"
#include "grpc/status.h"
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
    struct server_calls *calls;
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
    size_t buffered; /* bytes of `in` and `body`, as counted in calls->buffered */
    enum status_code code;
    char *message; /* owned; grpc-message, percent-encoded; NULL: none */
    alignas(max_align_t) unsigned char state[METHOD_STATE_SIZE];
};

/* All below is in server_call.c. */

/* The deadline or the timeout of the phase has changed: the stream is due at the earlier of them. */
void server_call_arm(struct server_call *call);

/* Sets the timeout of the current phase, in `ms` from now. It replaces that of the last phase. */
void server_call_phase_timeout(struct server_call *call, uint64_t ms);

/* Responds to a request that is not gRPC, with an HTTP status and a text. */
void server_call_refuse(struct server_call *call);

/* Responds to a malformed gRPC request, with HTTP 400 and INTERNAL. */
void server_call_reject(struct server_call *call, const char *why);

/* Submits the trailers; false: the response has none. Only inside h2_connection_ops.trailers. */
bool server_call_trailers(struct server_call *call);

#endif
