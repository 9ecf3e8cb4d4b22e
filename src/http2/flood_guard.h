/* SPDX-License-Identifier: MIT */
/*
 * flood_guard - watches the raw frame headers of one HTTP/2 connection for what the library has no limit for.
 *
 * Pure: bytes and time (milliseconds) in, verdict out. It sees every byte that the HTTP/2 library is fed,
 * keeps the nine bytes of a frame header (RFC 9113 §4.1) and skips the payload. It knows whether a frame, or
 * a header block spread over CONTINUATION frames, is unfinished, counts the cheap frames that make floods
 * (CVE-2019-9512 to 9518, CVE-2025-8671), and applies the ping policy of gRFC A8.
 *
 * A verdict other than FLOOD_GUARD_OK is final: the connection is to be ended.
 */
#ifndef PROCJON_HTTP2_FLOOD_GUARD_H
#define PROCJON_HTTP2_FLOOD_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/token_bucket.h"

#define FLOOD_GUARD_HEADER_SIZE 9
/* "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" (RFC 9113 §3.4) */
#define FLOOD_GUARD_PREFACE_SIZE 24

enum flood_guard_verdict { FLOOD_GUARD_OK, FLOOD_GUARD_PINGS, FLOOD_GUARD_FLOOD };

struct flood_guard {
    bool client;     /* the peer is one: it may not ping as often as it likes */
    uint8_t preface; /* bytes of the preface still to come */
    uint8_t have;    /* bytes of `header` that are there */
    uint8_t header[FLOOD_GUARD_HEADER_SIZE];
    bool block;       /* a header block waits for its CONTINUATION */
    uint32_t payload; /* bytes of the frame still to come */
    uint64_t frames;  /* finished ones */

    uint64_t window_ms; /* start of the window that the counters are for */
    uint32_t empty_data, settings, priority, control;

    uint64_t ping_ms; /* the last PING; 0: none yet */
    uint32_t strikes;
    struct token_bucket resets;
};

/* `preface`: whether the peer is a client, whose bytes start with the preface. */
void flood_guard_init(struct flood_guard *guard, bool preface, uint64_t now_ms);

/* Cuts *size before the frame that is too much. */
enum flood_guard_verdict flood_guard_feed(struct flood_guard *guard, const uint8_t *bytes, size_t *size,
                                          uint64_t now_ms);

/* Whether the bytes so far end inside the preface, a frame or a header block. */
bool flood_guard_partial(const struct flood_guard *guard);

/* We sent HEADERS or DATA: the peer has reason to ping again. */
void flood_guard_sent(struct flood_guard *guard);

/* We had to reset a stream for the peer's mistake. */
enum flood_guard_verdict flood_guard_reset(struct flood_guard *guard, uint64_t now_ms);

#endif
