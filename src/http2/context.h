/* SPDX-License-Identifier: MIT */
/*
 * context - what all HTTP/2 connections of one loop share: buffers, the options and callbacks of nghttp2, the
 * timeouts, and the list of connections that have frames to send.
 *
 * Embedded in the server or in a client's channel; after h2_context_close the memory must stay until `closed`
 * was called. Every connection must be closed before. Loop thread only.
 *
 * Code that submits frames marks the connection with h2_context_mark and does not write. Before the loop
 * waits for events again, each marked connection is flushed once: a hundred responses in one loop iteration
 * are one write(2).
 */
#ifndef PROCJON_HTTP2_CONTEXT_H
#define PROCJON_HTTP2_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"
#include "http2/limits.h"
#include "http2/timeouts.h"
#include "net/stream.h"

struct nghttp2_option;
struct nghttp2_session_callbacks;

/* The last frame may exceed H2_FLUSH_SIZE: a DATA frame of the default maximum size and its header. */
#define H2_CONTEXT_OUT_SIZE (H2_FLUSH_SIZE + 16384 + 9)

/* A connection in the list of those to flush. Embedded in it, zeroed but for `flush`. */
struct h2_context_node {
    struct h2_context_node *next;
    /* Sends what is queued. May mark and leave other nodes. NULL: the node has left. */
    void (*flush)(struct h2_context_node *node);
    bool marked;
};

struct h2_context {
    struct uvx_owner owner;
    /* Active while a connection is marked: unlike a prepare handle, it keeps the loop from waiting. */
    uv_idle_t flush;
    const struct timeouts *timeouts; /* timeouts_default; tests set others before the first connection */
    struct h2_context_node *marked;  /* singly linked */
    struct nghttp2_option *option;   /* owned, as `callbacks`; both are made for the first session */
    struct nghttp2_session_callbacks *callbacks;
    struct stream_scratch *scratch; /* owned */
    uint8_t *out;                   /* owned, H2_CONTEXT_OUT_SIZE bytes: what one flush collects */
    void (*closed)(struct h2_context *context);
};

/* Aborts when out of memory, as mem_alloc does. */
void h2_context_open(struct h2_context *context, uv_loop_t *loop);
void h2_context_close(struct h2_context *context, void (*closed)(struct h2_context *context));

/* The connection has frames to send: it is flushed before the loop waits. Idempotent. */
void h2_context_mark(struct h2_context *context, struct h2_context_node *node);

/* The connection is closing: it is not flushed any more, and marks have no effect. Idempotent. */
void h2_context_leave(struct h2_context *context, struct h2_context_node *node);

#endif
