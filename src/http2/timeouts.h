/* SPDX-License-Identifier: MIT */
/*
 * timeouts - how long a peer may take for what.
 *
 * A plain value, shared by everything on one context; whoever opens that chooses it before the first
 * connection. Only tests choose another than timeouts_default. Milliseconds.
 */
#ifndef PROCJON_HTTP2_TIMEOUTS_H
#define PROCJON_HTTP2_TIMEOUTS_H

#include <stdint.h>

struct timeouts {
    uint32_t handshake;    /* accept → TLS → preface → SETTINGS */
    uint32_t settings_ack; /* our SETTINGS to be acknowledged */
    uint32_t frame;        /* a frame, or a header block, to be finished once it was begun */
    uint32_t request;      /* a unary request to be complete; streams of reports are exempt */
    uint32_t
        half_close; /* how long a second message of a unary call is waited for when END_STREAM is not there */
    uint32_t refuse;       /* how long the body of a request that is no gRPC is read before it is answered */
    uint32_t ping;         /* silence before the server asks whether the peer lives (gRFC A8) */
    uint32_t ping_ack;     /* and how long it then waits for any byte */
    uint32_t write_stall;  /* a connection that takes nothing, or an answer that is not taken */
    uint32_t drain_notice; /* between the two GOAWAYs of a drain, when the PING in between is not answered */
    uint32_t drain;        /* from the second GOAWAY to the close of what is still open */
};

extern const struct timeouts timeouts_default;

#endif
