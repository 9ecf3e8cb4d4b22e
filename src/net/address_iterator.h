/* SPDX-License-Identifier: MIT */
/*
 * address_iterator - the addresses of a list of endpoints, one after the other, names looked up beside the
 * loop.
 *
 * Embedded in its owner, with whose handles its own is counted. Loop thread only. The list is the caller's
 * and outlives it.
 *
 * address_iterator_start goes back to the first endpoint; each address_iterator_next then ends in one `found`
 * or, once, in `exhausted`, from inside the call when nothing has to be looked up. A literal address or a
 * Unix path never has. A name that cannot be resolved is told through `failed`, and the walk goes on.
 */
#ifndef PROCJON_NET_ADDRESS_ITERATOR_H
#define PROCJON_NET_ADDRESS_ITERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "net/dns_lookup.h"
#include "net/endpoint.h"

struct address_iterator;

struct address_iterator_ops {
    /* `address` is NULL for a Unix socket; valid until the next call. */
    void (*found)(struct address_iterator *iterator, const struct endpoint *endpoint,
                  const struct sockaddr *address);
    void (*failed)(struct address_iterator *iterator, const struct endpoint *endpoint, const struct err *err);
    void (*exhausted)(struct address_iterator *iterator);
};

struct address_iterator {
    uv_async_t answered; /* by the lookup */
    const struct address_iterator_ops *ops;
    const struct endpoint *endpoints;
    size_t count;
    size_t next; /* the next endpoint */
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    unsigned found, given;     /* of `addresses`, which are those of the endpoint before `at` */
    struct dns_lookup *lookup; /* NULL: none is on its way */
    bool stopped;
};

void address_iterator_init(struct address_iterator *iterator, uv_loop_t *loop, struct uvx_owner *owner,
                           const struct endpoint *endpoints, size_t count,
                           const struct address_iterator_ops *ops);
void address_iterator_start(struct address_iterator *iterator);
void address_iterator_next(struct address_iterator *iterator);

/* For good: no callback comes any more, and nobody waits for a lookup that has begun. */
void address_iterator_stop(struct address_iterator *iterator);

#endif
