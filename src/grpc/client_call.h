/* SPDX-License-Identifier: MIT */
/*
 * client_call - one RPC of a client: any number of request messages, one response message.
 *
 * Made by client_call_open on a connection; frees itself. The caller may use the pointer until `done` is
 * called, or until client_call_cancel. Loop thread only; every function is legal in every callback.
 *
 *      client_call_open ─▶ client_call_send × n ─▶ client_call_half_close ─▶ done
 *              └─────────────────┴────────────────────────────────▲
 *                                       status, deadline, end of the connection
 */
#ifndef PROCJON_GRPC_CLIENT_CALL_H
#define PROCJON_GRPC_CLIENT_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/status.h"
#include "http2/connection.h"

struct client_call;

struct client_call_request {
    const char *path;    /* a literal */
    uint64_t timeout_ms; /* 0: no deadline */
    unsigned attempts;   /* failed attempts before this one: grpc-previous-rpc-attempts (gRFC A6) */
};

/* How a call ended, and whether it may be retried (gRFC A6). */
struct client_call_end {
    struct status status;
    /* The server has not processed the request: it may be retried at once (RFC 9113 §8.7). */
    bool refused;
    /* Response headers have arrived: the call must not be retried. */
    bool committed;
    /* Not committed, and grpc-retry-pushback-ms was sent: the wait before a retry; negative: no retry. */
    bool pushed_back;
    int32_t pushback_ms;
};

struct client_call_ops {
    /* All messages have been taken by the connection: more may be sent. May be NULL. */
    void (*sent)(struct client_call *call);
    /* The call is over. Exactly once, unless client_call_cancel came first. */
    void (*done)(struct client_call *call, const struct client_call_end *end);
};

/* What the headers of all calls of one connection have in common. Must outlive the calls. */
struct client_call_target {
    const char *authority;
    bool tls;
};

/* NULL: the connection takes no more calls: it is ending, or SETTINGS_MAX_CONCURRENT_STREAMS are open. */
struct client_call *client_call_open(struct h2_connection *h2, const struct client_call_target *target,
                                     const struct client_call_request *request,
                                     const struct client_call_ops *ops, void *owner);

void *client_call_owner(const struct client_call *call);

/* Queues one message. Not after client_call_half_close. */
void client_call_send(struct client_call *call, const uint8_t *message, size_t size);
/* No message follows: END_STREAM. */
void client_call_half_close(struct client_call *call);

/* RST_STREAM(CANCEL); no callback follows. NULL is ignored. */
void client_call_cancel(struct client_call *call);

/* Bytes of client_call_send that the connection has not taken yet. */
size_t client_call_unsent(const struct client_call *call);

/* For grpc/subchannel: the members of struct h2_connection_ops. */
void client_call_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size,
                           const uint8_t *value, size_t value_size);
void client_call_on_headers(struct h2_stream *stream, bool trailing);
void client_call_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size);
void client_call_on_end(struct h2_stream *stream);
void client_call_on_sent(struct h2_stream *stream);
bool client_call_on_trailers(struct h2_stream *stream);
void client_call_on_due(struct h2_stream *stream);
/* `lost`: why the connection ended, if that closed the stream; otherwise NULL. */
void client_call_on_gone(struct h2_stream *stream, uint32_t code, const char *lost);

#endif
