/* SPDX-License-Identifier: MIT */
#include "net/resolver.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void resolver_init(struct resolver *resolver, uv_loop_t *loop, struct uvx_owner *owner,
                   const struct endpoint *endpoints, size_t count, const struct resolver_ops *ops)
{
    *resolver = (struct resolver){
        .loop = loop,
        .owner = owner,
        .ops = ops,
        .endpoints = endpoints,
        .count = count,
    };
}

void resolver_start(struct resolver *resolver)
{
    resolver->at = 0;
    resolver->found = 0;
    resolver->handed = 0;
}

static const struct endpoint *current(const struct resolver *resolver)
{
    return &resolver->endpoints[resolver->at - 1];
}

/* Without the thread pool: the pool's threads are not even started for an agent that needs no names. */
static bool take_literal(struct resolver *resolver, const struct endpoint *endpoint)
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

static void take_list(struct resolver *resolver, struct addrinfo *list)
{
    resolver->found = 0;
    resolver->handed = 0;
    for (struct addrinfo *at = list; at != NULL && resolver->found < ENDPOINT_ADDRESSES_MAX; at = at->ai_next)
        memcpy(&resolver->addresses[resolver->found++], at->ai_addr, at->ai_addrlen);
    uv_freeaddrinfo(list);
}

static void fail(struct resolver *resolver, int code)
{
    struct err err;

    (void)err_set(&err, code == UV_EAI_AGAIN ? -EAGAIN : -EADDRNOTAVAIL, "cannot resolve '%s': %s",
                  current(resolver)->host, uv_strerror(code));
    resolver->ops->failed(resolver, current(resolver), &err);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct resolver *resolver = container_of(request, struct resolver, request);

    resolver->busy = false;
    if (resolver->stopped) {
        uv_freeaddrinfo(list);
        uvx_drop(resolver->owner);
        return;
    }
    if (status == 0)
        take_list(resolver, list);
    else
        fail(resolver, status);
    resolver_next(resolver);
    uvx_drop(resolver->owner);
}

/* True: the answer comes later. */
static bool look_up(struct resolver *resolver, const struct endpoint *endpoint)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char port[sizeof "65535"];
    int code;

    (void)snprintf(port, sizeof port, "%u", (unsigned)endpoint->port);
    code = uv_getaddrinfo(resolver->loop, &resolver->request, on_resolved, endpoint->host, port, &hints);
    if (code != 0) {
        fail(resolver, code);
        return false;
    }
    resolver->busy = true;
    uvx_hold(resolver->owner);
    return true;
}

void resolver_next(struct resolver *resolver)
{
    assert(!resolver->busy);
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

void resolver_stop(struct resolver *resolver)
{
    resolver->stopped = true;
    if (resolver->busy)
        (void)uv_cancel((uv_req_t *)&resolver->request);
}
