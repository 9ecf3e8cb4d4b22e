/* SPDX-License-Identifier: MIT */
/*
 * channel - a client's connection to the first of several endpoints that answers, made again whenever it is
 * lost.
 *
 * Embedded in its owner; after channel_close the memory must stay until `closed` was called. Loop thread
 * only; everything may be called from every callback. It copies the endpoints, and says itself in the log how
 * it fares.
 *
 *      WAITING ──timer──▶ TRYING ──SETTINGS──▶ READY ──lost, GOAWAY──▶ WAITING (perhaps for no time)
 *         ▲──all failed─────┘
 *
 * One round tries every address of every endpoint in turn, from the first. The wait between the starts of two
 * rounds grows as gRPC's connection back-off does (doc/connection-backoff.md), and falls back only once a
 * connection has lasted for CHANNEL_STABLE_MS: one that is closed right after its SETTINGS is no success.
 *
 * A connection that is lost is made again at once. If that fails the server is away, and a thousand others
 * have lost it in the same moment: the wait that follows is drawn from a wide range (CHANNEL_SCATTER_MS), and
 * the next ones grow from there.
 *
 * After a GOAWAY a new connection is made at once, while the calls on the old one go on: it is closed when
 * the last of them has ended.
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
#include "grpc/client_call.h"
#include "http2/context.h"
#include "net/address_iterator.h"
#include "net/credentials.h"
#include "net/endpoint.h"

/*
 * doc/connection-backoff.md, but for the longest: an agent that is away for two minutes is useless. No wait
 * is longer than that, jitter included.
 */
#define CHANNEL_RETRY_FIRST_MS 1000
#define CHANNEL_RETRY_MAX_MS 60000
#define CHANNEL_RETRY_FACTOR 1.6
#define CHANNEL_RETRY_JITTER 0.2
/* The middle of a range from 0.9 to 8.1 s: a seventh of all agents comes back in each of its seconds. */
#define CHANNEL_SCATTER_MS 4500
#define CHANNEL_SCATTER_JITTER 0.8
/* A connection that was up for so long worked: losing it is a new trouble, not the last one again. */
#define CHANNEL_STABLE_MS 10000

struct channel;
struct subchannel;

struct channel_ops {
    /* A connection is up: calls go there from now on, and those on the last one may be ended. */
    void (*ready)(struct channel *channel);
    /* There is no connection for new calls any more, and why. Those that were on it end by themselves. */
    void (*lost)(struct channel *channel, const struct err *err);
    void (*closed)(struct channel *channel);
};

struct channel {
    struct uvx_owner owner;
    uv_timer_t timer; /* the next round */
    uv_loop_t *loop;
    const struct channel_ops *ops;
    struct h2_context context;
    struct endpoint *endpoints; /* owned */
    size_t endpoint_count;
    struct address_iterator iterator;
    struct credentials credentials;
    struct subchannel *links; /* doubly linked */
    struct subchannel *ready; /* of `links`; NULL: none takes calls */
    struct backoff backoff;
    struct backoff scatter;      /* the wait after a connection was lost and not made again at once */
    uint64_t round_ms, ready_ms; /* uv_now when the round began, when the connection was up */
    bool was_ready;              /* and no round has failed since */
    bool closing;
    char **told; /* owned, by endpoint: the failure that the log has already, since the last connection */
};

/* `tls` NULL: plaintext. Fails on files that cannot be used; there is nothing to close then. */
int channel_open(struct channel *channel, uv_loop_t *loop, const struct endpoint *endpoints,
                 size_t endpoint_count, const struct tls_files *tls, const struct channel_ops *ops,
                 struct err *err);

/* No wait between two rounds is longer than that from now on; what was shorter before stays. */
void channel_retry_max(struct channel *channel, uint64_t ms);

/* The same, and the wait that is running is over: for who has something to say before it goes. */
void channel_hurry(struct channel *channel, uint64_t ms);

/* A call on the connection that is up, as client_call_open; NULL if there is none. */
struct client_call *channel_call(struct channel *channel, const struct client_call_request *request,
                                 const struct client_call_ops *ops, void *owner);

static inline bool channel_ready(const struct channel *channel)
{
    return channel->ready != NULL;
}

/* The endpoint it is connected to, as "HOST:PORT (ADDRESS)"; only while channel_ready. */
const char *channel_peer(const struct channel *channel);

/* Idempotent. Says GOAWAY to a server that listens; calls that are open end through `done`. */
void channel_close(struct channel *channel);

#endif
