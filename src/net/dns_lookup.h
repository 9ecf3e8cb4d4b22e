/* SPDX-License-Identifier: MIT */
/*
 * dns_lookup - the addresses of one endpoint, asked for in a thread of its own.
 *
 * getaddrinfo(3) takes as long as the name servers please, and nothing ends it. So nobody waits for it: who
 * has no use for the answer any more abandons it, and the thread ends when it ends. libuv's thread pool is no
 * place for it: a program that ends waits for the pool, and in a child of fork(2), where it has no threads,
 * that is a crash.
 *
 * On the heap; dns_lookup_take or dns_lookup_abandon gives it back. For the loop's thread.
 */
#ifndef PROCJON_NET_DNS_LOOKUP_H
#define PROCJON_NET_DNS_LOOKUP_H

#include <uv.h>

#include "base/err.h"
#include "net/endpoint.h"

struct dns_lookup;

/*
 * `answered` is sent when there is an answer; it stays open until then, or until dns_lookup_abandon. NULL: no
 * thread is to be had.
 */
struct dns_lookup *dns_lookup_start(const struct endpoint *endpoint, uv_async_t *answered, struct err *err);

/* Once it was answered: as endpoint_resolve. */
int dns_lookup_take(struct dns_lookup *lookup, struct sockaddr_storage *addresses, unsigned *count,
                    struct err *err);

void dns_lookup_abandon(struct dns_lookup *lookup);

#endif
