/* SPDX-License-Identifier: MIT */
/*
 * outgoing - one RPC, seen from the client: any number of request messages, one response message.
 *
 * Made by outgoing_open on a connection, freed by itself. Its maker may use it until `done` was called or
 * until outgoing_cancel; then the pointer is dead. Loop thread only, and everything is legal from every
 * callback.
 *
 *      outgoing_open ─▶ outgoing_send × n ─▶ outgoing_half_close ─▶ done
 *                 └──────────────┴────────────────────────────────▲ (the server ends it first, the deadline,
 *                                                                    the connection)
 */
#ifndef PROCJON_GRPC_OUTGOING_H
#define PROCJON_GRPC_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/h2.h"
#include "grpc/status.h"

struct outgoing;

/* What is asked. */
struct outgoing_request {
    const char *path;    /* a literal */
    uint64_t timeout_ms; /* 0: no deadline */
    unsigned attempts;   /* that failed before this one, which the server is told (gRFC A6) */
};

/* How a call ended, and what that says about another attempt (gRFC A6). */
struct outgoing_end {
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

struct outgoing_ops {
    /* All that was sent has left, and there is room for more: send now or never mind. May be NULL. */
    void (*sent)(struct outgoing *call);
    /* Exactly once, but not any more after outgoing_cancel. */
    void (*done)(struct outgoing *call, const struct outgoing_end *end);
};

/* What every call of one connection has in its headers. Outlives them. */
struct outgoing_target {
    const char *authority;
    bool tls;
};

/*
 * Returns NULL when the connection takes no more calls: it is ending, or as many are open as the server
 * allows; try again later.
 */
struct outgoing *outgoing_open(struct h2 *h2, const struct outgoing_target *target,
                               const struct outgoing_request *request, const struct outgoing_ops *ops,
                               void *owner);

void *outgoing_owner(const struct outgoing *call);

void outgoing_send(struct outgoing *call, const uint8_t *message, size_t size);
void outgoing_half_close(struct outgoing *call);

/* RST_STREAM(CANCEL). NULL is passed over. */
void outgoing_cancel(struct outgoing *call);

/* Bytes given to outgoing_send that have not left yet. */
size_t outgoing_unsent(const struct outgoing *call);

/* For the connection that carries it: struct h2_ops. */
void outgoing_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size, const uint8_t *value,
                        size_t value_size);
void outgoing_on_headers(struct h2_stream *stream, bool trailing);
void outgoing_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size);
void outgoing_on_end(struct h2_stream *stream);
void outgoing_on_sent(struct h2_stream *stream);
bool outgoing_on_trailers(struct h2_stream *stream);
void outgoing_on_due(struct h2_stream *stream);
/* `lost`: the connection is over, and why; NULL: the stream ended by itself. */
void outgoing_on_gone(struct h2_stream *stream, uint32_t code, const char *lost);

#endif
