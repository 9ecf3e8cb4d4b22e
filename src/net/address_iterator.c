/* SPDX-License-Identifier: MIT */
#include "net/address_iterator.h"

#include <assert.h>

static void on_answered(uv_async_t *answered);

void address_iterator_init(struct address_iterator *iterator, uv_loop_t *loop, struct uvx_owner *owner,
                           const struct endpoint *endpoints, size_t count,
                           const struct address_iterator_ops *ops)
{
    *iterator = (struct address_iterator){.ops = ops, .endpoints = endpoints, .count = count};
    (void)uv_async_init(loop, &iterator->answered, on_answered); /* no descriptor: a loop has one for all */
    uvx_own(owner, (uv_handle_t *)&iterator->answered);
}

void address_iterator_start(struct address_iterator *iterator)
{
    iterator->next = 0;
    iterator->found = 0;
    iterator->given = 0;
}

static const struct endpoint *current(const struct address_iterator *iterator)
{
    return &iterator->endpoints[iterator->next - 1];
}

/* A literal address needs no lookup. */
static bool take_literal(struct address_iterator *iterator, const struct endpoint *endpoint)
{
    struct sockaddr_storage *address = &iterator->addresses[0];

    *address = (struct sockaddr_storage){0};
    if (uv_ip4_addr(endpoint->host, endpoint->port, (struct sockaddr_in *)address) != 0 &&
        uv_ip6_addr(endpoint->host, endpoint->port, (struct sockaddr_in6 *)address) != 0)
        return false;
    iterator->found = 1;
    iterator->given = 0;
    return true;
}

static void on_answered(uv_async_t *answered)
{
    struct address_iterator *iterator = container_of(answered, struct address_iterator, answered);
    struct dns_lookup *lookup = iterator->lookup;
    struct err err;

    if (lookup == NULL)
        return;
    iterator->lookup = NULL;
    iterator->given = 0;
    if (dns_lookup_take(lookup, iterator->addresses, &iterator->found, &err) != 0)
        iterator->ops->failed(iterator, current(iterator), &err);
    address_iterator_next(iterator);
}

/* True: on_answered follows. */
static bool look_up(struct address_iterator *iterator, const struct endpoint *endpoint)
{
    struct err err;

    iterator->lookup = dns_lookup_start(endpoint, &iterator->answered, &err);
    if (iterator->lookup == NULL)
        iterator->ops->failed(iterator, endpoint, &err);
    return iterator->lookup != NULL;
}

void address_iterator_next(struct address_iterator *iterator)
{
    assert(iterator->lookup == NULL);
    while (!iterator->stopped) {
        const struct endpoint *endpoint;

        if (iterator->given < iterator->found) {
            const struct sockaddr_storage *address = &iterator->addresses[iterator->given++];

            iterator->ops->found(iterator, current(iterator), (const struct sockaddr *)address);
            return;
        }
        if (iterator->next == iterator->count) {
            iterator->ops->exhausted(iterator);
            return;
        }
        endpoint = &iterator->endpoints[iterator->next++];
        if (endpoint->kind == ENDPOINT_UNIX) {
            iterator->ops->found(iterator, endpoint, NULL);
            return;
        }
        if (!take_literal(iterator, endpoint) && look_up(iterator, endpoint))
            return;
    }
}

void address_iterator_stop(struct address_iterator *iterator)
{
    iterator->stopped = true;
    if (iterator->lookup != NULL)
        dns_lookup_abandon(iterator->lookup);
    iterator->lookup = NULL;
    uvx_shut((uv_handle_t *)&iterator->answered);
}
