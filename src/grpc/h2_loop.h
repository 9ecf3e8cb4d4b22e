/* SPDX-License-Identifier: MIT */
/*
 * h2_loop - what all HTTP/2 connections of one loop share: scratch buffers, the library's options and
 * callbacks, and the list of connections that have something to send.
 *
 * Embedded in the server or in an agent's channel; after h2_loop_close the memory must stay until `closed`
 * was called, and every connection must be gone before. Loop thread only.
 *
 * Whatever a turn of the loop gives a connection to say (a reply after a commit, a trailer after a deadline)
 * only marks it with h2_loop_mark. Once per turn, before the loop waits again, each marked connection is
 * flushed once: a batch of a hundred replies is one write.
 */
#ifndef PROCJON_GRPC_H2_LOOP_H
#define PROCJON_GRPC_H2_LOOP_H

#include <uv.h>

#include "base/uvx.h"
#include "grpc/limits.h"
#include "grpc/times.h"
#include "net/stream.h"

struct h2;
struct nghttp2_option;
struct nghttp2_session_callbacks;

/* The last frame pulled may go over GRPC_FLUSH_SIZE: a DATA frame of the default size and its header. */
#define H2_LOOP_OUT_SIZE (GRPC_FLUSH_SIZE + 16384 + 9)

struct h2_loop {
    struct uvx_owner owner;
    uv_idle_t turn;            /* not a prepare: while somebody is marked, uv_backend_timeout must be 0 */
    const struct times *times; /* times_default; a test may set others before the first connection */
    struct h2 *marked;         /* singly linked through h2->next_marked */
    struct nghttp2_option *option;
    struct nghttp2_session_callbacks *callbacks;
    struct stream_scratch *scratch; /* owned */
    uint8_t *out;                   /* owned, H2_LOOP_OUT_SIZE bytes: what one flush collects */
    void (*closed)(struct h2_loop *loop);
};

void h2_loop_open(struct h2_loop *h2_loop, uv_loop_t *loop);
void h2_loop_close(struct h2_loop *h2_loop, void (*closed)(struct h2_loop *h2_loop));

/* The connection has something to send: it is flushed before the loop waits. */
void h2_loop_mark(struct h2_loop *h2_loop, struct h2 *h2);

/* The connection dies: it is not to be flushed. */
void h2_loop_unmark(struct h2_loop *h2_loop, struct h2 *h2);

#endif
