/* SPDX-License-Identifier: MIT */
/*
 * retry - when a service retries a call that failed, and as which attempt (gRFC A6).
 *
 * A pure value, embedded in the service: no clock, no timer. Milliseconds. The first line that applies
 * counts:
 *
 *      grpc-retry-pushback-ms with a number             after that time, at most RETRY_PUSHBACK_MAX_MS
 *      grpc-retry-pushback-ms negative or malformed     after RETRY_PUSHBACK_MAX_MS, as a new call
 *      the call was not processed (transparent retry)   at once, but once only
 *      a status that a retry does not change            after `longest_ms`, as a new call
 *      any other status                                 after an exponential back-off
 *
 * A new connection ends every wait: it may lead to another server.
 */
#ifndef PROCJON_LIB_RETRY_H
#define PROCJON_LIB_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/backoff.h"
#include "grpc/client_call.h"

/*
 * gRPC's longest wait between two connection attempts (doc/connection-backoff.md, MAX_BACKOFF). A pushback
 * may exceed `longest_ms`, because the server that asks for it also measures the timeout of the service.
 */
#define RETRY_PUSHBACK_MAX_MS 120000
/* Pushbacks in a row that are obeyed as they are, as many as gRFC A6 allows attempts; then the back-off is
 * the least wait, because a pushback of 0 ms each time would be a busy loop. */
#define RETRY_PUSHBACKS 5

struct retry {
    struct backoff backoff;
    uint64_t longest_ms;
    unsigned attempts;    /* that the call had before the next one: grpc-previous-rpc-attempts */
    unsigned pushbacks;   /* obeyed since the last success */
    bool retried_at_once; /* since the last success */
};

/* `longest_ms` limits the back-off. */
void retry_init(struct retry *retry, uint64_t longest_ms, uint64_t seed);

/* After a success, or for a new connection: forgets the failures. */
void retry_reset(struct retry *retry);

/* Counts the attempt of a registration that has ended. Call it before retry_next. */
void retry_count(struct retry *retry, const struct client_call_end *end);

/* The wait after a call that failed. `at_once`: the first retry needs no wait. */
uint64_t retry_next(struct retry *retry, const struct client_call_end *end, bool at_once);

/* Whether a retry does not change the status: it needs an operator. */
bool retry_is_permanent(enum status_code code);

#endif
