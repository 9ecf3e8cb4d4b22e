/* SPDX-License-Identifier: MIT */
/*
 * dns_lookup - resolves the name of one endpoint in a thread of its own.
 *
 * getaddrinfo(3) blocks for as long as the name servers take and cannot be cancelled. A lookup that is not
 * needed any more is abandoned: its thread is detached and frees it. libuv's thread pool is not used because
 * a program waits for it when it ends, and because its threads do not exist in the child of a fork(2).
 *
 * On the heap; exactly one of dns_lookup_take and dns_lookup_abandon frees it. Loop thread only.
 */
#ifndef PROCJON_NET_DNS_LOOKUP_H
#define PROCJON_NET_DNS_LOOKUP_H

#include <uv.h>

#include "base/err.h"
#include "net/endpoint.h"

struct dns_lookup;

/*
 * `answered` is signalled when there is a result; the caller keeps it open until then, or until
 * dns_lookup_abandon. `endpoint` is copied. NULL: no thread could be started, and `err` says why.
 */
struct dns_lookup *dns_lookup_start(const struct endpoint *endpoint, uv_async_t *answered, struct err *err);

/* Only after `answered` was signalled. Results and errors as endpoint_resolve; frees the lookup. */
int dns_lookup_take(struct dns_lookup *lookup, struct sockaddr_storage *addresses, unsigned *count,
                    struct err *err);

/* At any time before dns_lookup_take: `answered` is not signalled any more, and may be closed. */
void dns_lookup_abandon(struct dns_lookup *lookup);

#endif
