/* SPDX-License-Identifier: MIT */
/*
 * resolver - the addresses of a list of endpoints, one after the other, names looked up beside the loop.
 *
 * Embedded in its owner, with whose handles its own is counted. Loop thread only. The list is the caller's
 * and outlives it.
 *
 * resolver_start goes back to the first endpoint; each resolver_next then ends in one `found` or, once, in
 * `exhausted`, from inside the call when nothing has to be looked up. A literal address or a Unix path never
 * has. A name that cannot be resolved is told through `failed`, and the walk goes on.
 */
#ifndef PROCJON_NET_RESOLVER_H
#define PROCJON_NET_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "net/endpoint.h"
#include "net/lookup.h"

struct resolver;

struct resolver_ops {
    /* `address` is NULL for a Unix socket; valid until the next call. */
    void (*found)(struct resolver *resolver, const struct endpoint *endpoint, const struct sockaddr *address);
    void (*failed)(struct resolver *resolver, const struct endpoint *endpoint, const struct err *err);
    void (*exhausted)(struct resolver *resolver);
};

struct resolver {
    uv_async_t answered; /* by the lookup */
    const struct resolver_ops *ops;
    const struct endpoint *endpoints;
    size_t count;
    size_t at; /* the next endpoint */
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    unsigned found, handed; /* of `addresses`, which are those of the endpoint before `at` */
    struct lookup *lookup;  /* NULL: none is on its way */
    bool stopped;
};

void resolver_init(struct resolver *resolver, uv_loop_t *loop, struct uvx_owner *owner,
                   const struct endpoint *endpoints, size_t count, const struct resolver_ops *ops);
void resolver_start(struct resolver *resolver);
void resolver_next(struct resolver *resolver);

/* For good: no callback comes any more, and nobody waits for a lookup that has begun. */
void resolver_stop(struct resolver *resolver);

#endif
