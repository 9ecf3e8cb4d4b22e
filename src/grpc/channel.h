/* SPDX-License-Identifier: MIT */
/*
 * channel - a client's connection to the first of several endpoints that answers, reconnected whenever it is
 * lost (gRPC doc/connection-backoff.md).
 *
 * Embedded in its owner; after channel_close the memory must stay until `closed` was called. Loop thread
 * only; every function is legal in every callback. The channel copies the endpoints and owns its subchannels.
 * It logs connections, failures and losses itself.
 *
 *      WAITING ──timer──▶ TRYING ──SETTINGS──▶ READY ──lost, GOAWAY──▶ WAITING
 *         ▲──all failed─────┘
 *
 * One round tries every address of every endpoint in turn, from the first. The wait between the starts of two
 * rounds grows with the number of failed rounds. It starts again from the first wait only after a connection
 * lasted for CHANNEL_STABLE_MS: a server that closes each connection right after its SETTINGS counts as
 * failing.
 *
 * The first round after a loss starts at once, because most losses are those of one connection. If that round
 * fails the server is down, and all its clients have lost their connections at the same moment: the next wait
 * is drawn from a wide range (CHANNEL_SCATTER_MS), so that they do not reconnect together.
 *
 * After a GOAWAY the calls that are open go on, and a new subchannel is connected for new calls.
 */
#ifndef PROCJON_GRPC_CHANNEL_H
#define PROCJON_GRPC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/backoff.h"
#include "base/err.h"
#include "base/uvx.h"
#include "grpc/subchannel.h"
#include "http2/context.h"
#include "net/address_iterator.h"
#include "net/credentials.h"
#include "net/endpoint.h"

/*
 * Milliseconds. As in doc/connection-backoff.md, except the longest wait: that is 120 s there, and an agent
 * that stays away for two minutes after the server is back is of no use. Jitter is part of the maximum.
 */
#define CHANNEL_RETRY_FIRST_MS 1000
#define CHANNEL_RETRY_MAX_MS 60000
#define CHANNEL_RETRY_FACTOR 1.6
#define CHANNEL_RETRY_JITTER 0.2
/* The middle of a range from 0.9 to 8.1 s: a seventh of all clients reconnects in each second of it. */
#define CHANNEL_SCATTER_MS 4500
#define CHANNEL_SCATTER_JITTER 0.8
/* A connection that lasted for this long worked: the back-off starts again from its first wait. */
#define CHANNEL_STABLE_MS 10000

struct channel;

struct channel_ops {
    /* A subchannel is ready: channel_call uses it from now on. Calls on an earlier one may still be open. */
    void (*ready)(struct channel *channel);
    /* There is no connection for new calls any more, and why. Calls that are open end by themselves. */
    void (*lost)(struct channel *channel, const struct err *err);
    /* After channel_close, exactly once. */
    void (*closed)(struct channel *channel);
};

struct channel {
    struct uvx_owner owner;
    uv_timer_t timer; /* the start of the next round */
    uv_loop_t *loop;
    const struct channel_ops *ops;
    struct h2_context context;
    struct endpoint *endpoints; /* owned */
    size_t endpoint_count;
    struct address_iterator iterator; /* of the current round */
    struct credentials credentials;
    struct subchannel *subchannels; /* owned, doubly linked: one connecting or ready, others draining */
    struct subchannel *ready;       /* of `subchannels`; NULL: none takes calls */
    struct backoff backoff;
    struct backoff scatter;      /* the wait after the first round since a loss failed */
    uint64_t round_ms, ready_ms; /* uv_now: when the last round began, when `ready` was set */
    bool was_ready;              /* a connection was made since the last failed round */
    bool closing;
    char **logged_errors; /* owned, by endpoint: the error that was last logged since the last connection */
};

/* `tls` NULL: plaintext. -errno: a file of `tls` cannot be used; there is nothing to close then. */
int channel_open(struct channel *channel, uv_loop_t *loop, const struct endpoint *endpoints,
                 size_t endpoint_count, const struct tls_files *tls, const struct channel_ops *ops,
                 struct err *err);

/* From now on no wait between two rounds is longer than `ms`. A later call cannot make it longer again. */
void channel_retry_max(struct channel *channel, uint64_t ms);

/* channel_retry_max, and ends the current wait: for an agent with a last status to send before it ends. */
void channel_hurry(struct channel *channel, uint64_t ms);

/* client_call_open on the subchannel that is ready; NULL if none is, or if it takes no more calls. */
struct client_call *channel_call(struct channel *channel, const struct client_call_request *request,
                                 const struct client_call_ops *ops, void *owner);

static inline bool channel_ready(const struct channel *channel)
{
    return channel->ready != NULL;
}

/* The address of the subchannel that is ready, as subchannel.peer. Only while channel_ready. */
const char *channel_peer(const struct channel *channel);

/* Idempotent. Closes all subchannels: see subchannel_close. */
void channel_close(struct channel *channel);

#endif
