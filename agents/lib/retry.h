/* SPDX-License-Identifier: MIT */
/*
 * retry - when a service asks the server again after a call that failed, and as which attempt.
 *
 * A pure value, embedded in the service: no clock, no timer. Milliseconds. In this order:
 *
 *      the server said when (grpc-retry-pushback-ms)    then, at most RETRY_PUSHBACK_MAX_MS later
 *      the server said not at all, or nothing legible   after RETRY_PUSHBACK_MAX_MS, as a new call
 *      nobody has looked at the call yet                at once, but once only
 *      it will not get better by itself                 after the longest wait, as a new call
 *      anything else                                    after a back-off
 *
 * A new connection ends every wait: its server may be another one.
 */
#ifndef PROCJON_LIB_RETRY_H
#define PROCJON_LIB_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/backoff.h"
#include "grpc/client_call.h"

/*
 * gRPC's longest wait between two tries (doc/connection-backoff.md). What a server asks for may be longer
 * than our own longest: it is who would miss us. But nobody keeps an agent away for a day.
 */
#define RETRY_PUSHBACK_MAX_MS 120000
/* So often the server's word alone counts, as often as gRFC A6 lets a call be tried: 0 ms for ever would be a
 * loop. */
#define RETRY_PUSHBACKS 5

struct retry {
    struct backoff backoff;
    uint64_t longest_ms;
    unsigned attempts;    /* that the next registration has behind it */
    unsigned pushbacks;   /* obeyed since the last success */
    bool retried_at_once; /* asked again at once, and not settled since */
};

/* No wait of its own is longer than `longest_ms`. */
void retry_init(struct retry *retry, uint64_t longest_ms, uint64_t seed);

/* All is well, or it is another server's turn: what was is pruned. */
void retry_reset(struct retry *retry);

/* A registration has ended: how many attempts has the next one behind it? Before retry_next. */
void retry_count(struct retry *retry, const struct client_call_end *end);

/* Something failed: how long to wait. `at_once`: what is to be done next is known. */
uint64_t retry_next(struct retry *retry, const struct client_call_end *end, bool at_once);

/* What will not get better by itself: somebody has to look. */
bool retry_is_hard(enum status_code code);

#endif
