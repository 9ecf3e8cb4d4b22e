/* SPDX-License-Identifier: MIT */
/*
 * address_iterator - the addresses of a list of endpoints, one after the other; names are resolved beside the
 * loop.
 *
 * Embedded in its owner, whose uvx_owner counts its handle. Loop thread only. The list of endpoints is the
 * owner's and must outlive the iterator.
 *
 * address_iterator_start goes back to the first endpoint. Each address_iterator_next then ends in one `found`
 * or, after the last address, in `exhausted`: inside the call unless a name has to be resolved. A name that
 * cannot be resolved is reported with `failed`, and the iterator goes on with the next endpoint.
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
    /* `address` is NULL for a Unix socket, and valid until the next address_iterator_next. */
    void (*found)(struct address_iterator *iterator, const struct endpoint *endpoint,
                  const struct sockaddr *address);
    /* The name of `endpoint` could not be resolved; the next endpoint follows. */
    void (*failed)(struct address_iterator *iterator, const struct endpoint *endpoint, const struct err *err);
    /* `found` has been called for all addresses. */
    void (*exhausted)(struct address_iterator *iterator);
};

struct address_iterator {
    uv_async_t answered; /* signalled by `lookup` */
    const struct address_iterator_ops *ops;
    const struct endpoint *endpoints;
    size_t count;
    size_t next; /* the position of the next endpoint */
    struct sockaddr_storage addresses[ENDPOINT_ADDRESSES_MAX];
    unsigned found, given;     /* counts of `addresses`, those of the endpoint before `next` */
    struct dns_lookup *lookup; /* NULL: no name is being resolved */
    bool stopped;
};

void address_iterator_init(struct address_iterator *iterator, uv_loop_t *loop, struct uvx_owner *owner,
                           const struct endpoint *endpoints, size_t count,
                           const struct address_iterator_ops *ops);
void address_iterator_start(struct address_iterator *iterator);
void address_iterator_next(struct address_iterator *iterator);

/* Final: no callback comes any more, a running lookup is abandoned, and the handle is closed. */
void address_iterator_stop(struct address_iterator *iterator);

#endif
