/* SPDX-License-Identifier: MIT */
#include "net/address_iterator.h"

#include <assert.h>

static void on_answered(uv_async_t *answered);

void address_iterator_init(struct address_iterator *resolver, uv_loop_t *loop, struct uvx_owner *owner,
                           const struct endpoint *endpoints, size_t count,
                           const struct address_iterator_ops *ops)
{
    *resolver = (struct address_iterator){.ops = ops, .endpoints = endpoints, .count = count};
    (void)uv_async_init(loop, &resolver->answered, on_answered); /* shares the descriptor that the loop has */
    uvx_own(owner, (uv_handle_t *)&resolver->answered);
}

void address_iterator_start(struct address_iterator *resolver)
{
    resolver->at = 0;
    resolver->found = 0;
    resolver->handed = 0;
}

static const struct endpoint *current(const struct address_iterator *resolver)
{
    return &resolver->endpoints[resolver->at - 1];
}

/* No thread for what can be read. */
static bool take_literal(struct address_iterator *resolver, const struct endpoint *endpoint)
{
    struct sockaddr_storage *address = &resolver->addresses[0];

    *address = (struct sockaddr_storage){0};
    if (uv_ip4_addr(endpoint->host, endpoint->port, (struct sockaddr_in *)address) != 0 &&
        uv_ip6_addr(endpoint->host, endpoint->port, (struct sockaddr_in6 *)address) != 0)
        return false;
    resolver->found = 1;
    resolver->handed = 0;
    return true;
}

static void on_answered(uv_async_t *answered)
{
    struct address_iterator *resolver = container_of(answered, struct address_iterator, answered);
    struct dns_lookup *lookup = resolver->lookup;
    struct err err;

    if (lookup == NULL)
        return;
    resolver->lookup = NULL;
    resolver->handed = 0;
    if (dns_lookup_take(lookup, resolver->addresses, &resolver->found, &err) != 0)
        resolver->ops->failed(resolver, current(resolver), &err);
    address_iterator_next(resolver);
}

/* True: the answer comes later. */
static bool look_up(struct address_iterator *resolver, const struct endpoint *endpoint)
{
    struct err err;

    resolver->lookup = dns_lookup_start(endpoint, &resolver->answered, &err);
    if (resolver->lookup == NULL)
        resolver->ops->failed(resolver, endpoint, &err);
    return resolver->lookup != NULL;
}

void address_iterator_next(struct address_iterator *resolver)
{
    assert(resolver->lookup == NULL);
    while (!resolver->stopped) {
        const struct endpoint *endpoint;

        if (resolver->handed < resolver->found) {
            const struct sockaddr_storage *address = &resolver->addresses[resolver->handed++];

            resolver->ops->found(resolver, current(resolver), (const struct sockaddr *)address);
            return;
        }
        if (resolver->at == resolver->count) {
            resolver->ops->exhausted(resolver);
            return;
        }
        endpoint = &resolver->endpoints[resolver->at++];
        if (endpoint->kind == ENDPOINT_UNIX) {
            resolver->ops->found(resolver, endpoint, NULL);
            return;
        }
        if (!take_literal(resolver, endpoint) && look_up(resolver, endpoint))
            return;
    }
}

void address_iterator_stop(struct address_iterator *resolver)
{
    resolver->stopped = true;
    if (resolver->lookup != NULL)
        dns_lookup_abandon(resolver->lookup);
    resolver->lookup = NULL;
    uvx_shut((uv_handle_t *)&resolver->answered);
}
