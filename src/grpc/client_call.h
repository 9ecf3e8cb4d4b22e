/* SPDX-License-Identifier: MIT */
/*
 * client_call - one RPC, seen from the client: any number of request messages, one response message.
 *
 * Made by client_call_open on a connection, freed by itself. Its maker may use it until `done` was called or
 * until client_call_cancel; then the pointer is dead. Loop thread only, and everything is legal from every
 * callback.
 *
 *      client_call_open ─▶ client_call_send × n ─▶ client_call_half_close ─▶ done
 *                 └──────────────┴────────────────────────────────▲ (the server ends it first, the deadline,
 *                                                                    the connection)
 */
#ifndef PROCJON_GRPC_CLIENT_CALL_H
#define PROCJON_GRPC_CLIENT_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/status.h"
#include "http2/connection.h"

struct client_call;

/* What is asked. */
struct client_call_request {
    const char *path;    /* a literal */
    uint64_t timeout_ms; /* 0: no deadline */
    unsigned attempts;   /* that failed before this one, which the server is told (gRFC A6) */
};

/* How a call ended, and what that says about another attempt (gRFC A6). */
struct client_call_end {
    struct status status;
    /* The server did not look at it: it may be asked again at once (RFC 9113 §8.7). */
    bool refused;
    /* A response had begun: what is asked after it is a new call. */
    bool committed;
    /* Not committed, and the server says after how many ms it wants the next attempt; negative: it wants
     * none. */
    bool pushed_back;
    int32_t pushback_ms;
};

struct client_call_ops {
    /* All that was sent has left, and there is room for more: send now or never mind. May be NULL. */
    void (*sent)(struct client_call *call);
    /* Exactly once, but not any more after client_call_cancel. */
    void (*done)(struct client_call *call, const struct client_call_end *end);
};

/* What every call of one connection has in its headers. Outlives them. */
struct client_call_target {
    const char *authority;
    bool tls;
};

/*
 * Returns NULL when the connection takes no more calls: it is ending, or as many are open as the server
 * allows; try again later.
 */
struct client_call *client_call_open(struct h2_connection *h2, const struct client_call_target *target,
                                     const struct client_call_request *request,
                                     const struct client_call_ops *ops, void *owner);

void *client_call_owner(const struct client_call *call);

void client_call_send(struct client_call *call, const uint8_t *message, size_t size);
void client_call_half_close(struct client_call *call);

/* RST_STREAM(CANCEL). NULL is passed over. */
void client_call_cancel(struct client_call *call);

/* Bytes given to client_call_send that have not left yet. */
size_t client_call_unsent(const struct client_call *call);

/* For the connection that carries it: struct h2_connection_ops. */
void client_call_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size,
                           const uint8_t *value, size_t value_size);
void client_call_on_headers(struct h2_stream *stream, bool trailing);
void client_call_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size);
void client_call_on_end(struct h2_stream *stream);
void client_call_on_sent(struct h2_stream *stream);
bool client_call_on_trailers(struct h2_stream *stream);
void client_call_on_due(struct h2_stream *stream);
/* `lost`: the connection is over, and why; NULL: the stream ended by itself. */
void client_call_on_gone(struct h2_stream *stream, uint32_t code, const char *lost);

#endif
