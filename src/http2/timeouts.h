/* SPDX-License-Identifier: MIT */
/*
 * timeouts - how long a peer may take for each step of a connection and of a call. Milliseconds.
 *
 * A plain value that all connections of one h2_context share. The owner of the context sets it before the
 * first connection; only tests use another than timeouts_default.
 */
#ifndef PROCJON_HTTP2_TIMEOUTS_H
#define PROCJON_HTTP2_TIMEOUTS_H

#include <stdint.h>

struct timeouts {
    uint32_t handshake;    /* from the accept to the peer's first SETTINGS, TLS included */
    uint32_t settings_ack; /* to acknowledge our SETTINGS */
    uint32_t frame;        /* to complete a frame or a header block that has begun */
    uint32_t request;      /* to complete a unary request; client streaming has no such limit */
    uint32_t half_close;   /* to send END_STREAM, or a second message, after the message of a unary request */
    uint32_t refuse;       /* to complete the body of a request that is not gRPC, before it is answered */
    uint32_t ping;         /* silence of a client after which the server sends a PING (gRFC A9) */
    uint32_t ping_ack;     /* to send any byte after that PING */
    uint32_t write_stall;  /* to take what is being written, or a complete response */
    uint32_t drain_notice; /* to answer the PING between the two GOAWAYs of a drain */
    uint32_t drain;        /* from the second GOAWAY to the close of the calls that are still open */
};

extern const struct timeouts timeouts_default;

#endif
