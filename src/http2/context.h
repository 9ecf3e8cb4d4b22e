/* SPDX-License-Identifier: MIT */
/*
 * context - what all HTTP/2 connections of one loop share: scratch buffers, the library's options and
 * callbacks, and the list of connections that have something to send.
 *
 * Embedded in the server or in an agent's channel; after h2_context_close the memory must stay until `closed`
 * was called, and every connection must be gone before. Loop thread only.
 *
 * Whatever a turn of the loop gives a connection to say (a reply after a commit, a trailer after a deadline)
 * only marks it with h2_context_mark. Once per turn, before the loop waits again, each marked connection is
 * flushed once: a batch of a hundred replies is one write.
 */
#ifndef PROCJON_HTTP2_CONTEXT_H
#define PROCJON_HTTP2_CONTEXT_H

#include <uv.h>

#include "base/uvx.h"
#include "http2/limits.h"
#include "http2/timeouts.h"
#include "net/stream.h"

struct h2_connection;
struct nghttp2_option;
struct nghttp2_session_callbacks;

/* The last frame pulled may go over H2_FLUSH_SIZE: a DATA frame of the default size and its header. */
#define H2_CONTEXT_OUT_SIZE (H2_FLUSH_SIZE + 16384 + 9)

struct h2_context {
    struct uvx_owner owner;
    uv_idle_t flush; /* not a prepare: while somebody is marked, uv_backend_timeout must be 0 */
    const struct timeouts *timeouts; /* timeouts_default; a test may set others before the first connection */
    struct h2_connection *marked;    /* singly linked through h2->next_marked */
    struct nghttp2_option *option;
    struct nghttp2_session_callbacks *callbacks;
    struct stream_scratch *scratch; /* owned */
    uint8_t *out;                   /* owned, H2_CONTEXT_OUT_SIZE bytes: what one flush collects */
    void (*closed)(struct h2_context *context);
};

void h2_context_open(struct h2_context *context, uv_loop_t *loop);
void h2_context_close(struct h2_context *context, void (*closed)(struct h2_context *context));

/* The connection has something to send: it is flushed before the loop waits. */
void h2_context_mark(struct h2_context *context, struct h2_connection *h2);

/* The connection dies: it is not to be flushed. */
void h2_context_unmark(struct h2_context *context, struct h2_connection *h2);

#endif
