/* SPDX-License-Identifier: MIT */
/*
 * guard - watches the raw frame headers of one HTTP/2 connection for what the library has no limit for.
 *
 * Pure: bytes and time (milliseconds) in, verdict out. It sees every byte that the HTTP/2 library is fed,
 * keeps the nine bytes of a frame header (RFC 9113 §4.1) and skips the payload. It knows whether a frame, or
 * a header block spread over CONTINUATION frames, is unfinished, counts the cheap frames that make floods
 * (CVE-2019-9512 to 9518, CVE-2025-8671), and applies the ping policy of gRFC A8.
 *
 * A verdict other than GUARD_OK is final: the connection is to be ended.
 */
#ifndef PROCJON_GRPC_GUARD_H
#define PROCJON_GRPC_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bucket.h"

#define GUARD_HEADER_SIZE 9
/* "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" (RFC 9113 §3.4) */
#define GUARD_PREFACE_SIZE 24

enum guard_verdict { GUARD_OK, GUARD_PINGS, GUARD_FLOOD };

struct guard {
    bool client;     /* the peer is one: it may not ping as often as it likes */
    uint8_t preface; /* bytes of the preface still to come */
    uint8_t have;    /* bytes of `header` that are there */
    uint8_t header[GUARD_HEADER_SIZE];
    bool block;       /* a header block waits for its CONTINUATION */
    uint32_t payload; /* bytes of the frame still to come */
    uint64_t frames;  /* finished ones */

    uint64_t window_ms; /* start of the window that the counters are for */
    uint32_t empty_data, settings, priority, control;

    uint64_t ping_ms; /* the last PING; 0: none yet */
    uint32_t strikes;
    struct bucket resets;
};

/* `preface`: whether the peer is a client, whose bytes start with the preface. */
void guard_init(struct guard *guard, bool preface, uint64_t now_ms);

/* Cuts *size before the frame that is too much. */
enum guard_verdict guard_feed(struct guard *guard, const uint8_t *bytes, size_t *size, uint64_t now_ms);

/* Whether the bytes so far end inside the preface, a frame or a header block. */
bool guard_partial(const struct guard *guard);

/* We sent HEADERS or DATA: the peer has reason to ping again. */
void guard_sent(struct guard *guard);

/* We had to reset a stream for the peer's mistake. */
enum guard_verdict guard_reset(struct guard *guard, uint64_t now_ms);

#endif
