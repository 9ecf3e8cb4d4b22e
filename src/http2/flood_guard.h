/* SPDX-License-Identifier: MIT */
/*
 * flood_guard - counts the frames of one HTTP/2 connection for which nghttp2 has no limit.
 *
 * Embedded in the connection. Pure: bytes and times (milliseconds) go in, a verdict comes out. It is given
 * every byte before nghttp2 is, keeps the nine bytes of a frame header (RFC 9113 §4.1) and skips the payload.
 * It limits frames that cost the sender little and the receiver much (CVE-2019-9512 to -9518, CVE-2025-8671),
 * applies the server's ping policy of gRFC A8, and knows whether a frame or a header block (HEADERS with its
 * CONTINUATION frames) is unfinished.
 *
 * A verdict other than FLOOD_GUARD_OK is final: the caller terminates the connection with ENHANCE_YOUR_CALM.
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
    bool client;     /* the peer is a client: its PINGs are limited */
    uint8_t preface; /* bytes of the preface that are missing */
    uint8_t have;    /* bytes of `header` that have arrived */
    uint8_t header[FLOOD_GUARD_HEADER_SIZE];
    bool block;       /* a header block is unfinished */
    uint32_t payload; /* bytes of the frame that are missing */
    uint64_t frames;  /* complete ones */

    uint64_t window_ms; /* start of the window of these counters */
    uint32_t empty_data, settings, priority, control;

    uint64_t ping_ms; /* the last PING; 0: none yet */
    uint32_t strikes;
    struct token_bucket resets;
};

/* `preface`: the peer is a client, so its bytes start with the connection preface. */
void flood_guard_init(struct flood_guard *guard, bool preface, uint64_t now_ms);

/* A verdict other than FLOOD_GUARD_OK sets *size to the bytes before the frame that exceeds the limit. */
enum flood_guard_verdict flood_guard_feed(struct flood_guard *guard, const uint8_t *bytes, size_t *size,
                                          uint64_t now_ms);

/* Whether the bytes so far end inside the preface, a frame or a header block. */
bool flood_guard_partial(const struct flood_guard *guard);

/* We sent HEADERS or DATA: that resets the ping strikes (gRFC A8). */
void flood_guard_sent(struct flood_guard *guard);

/* We sent RST_STREAM because of an error of the peer. */
enum flood_guard_verdict flood_guard_reset(struct flood_guard *guard, uint64_t now_ms);

#endif
