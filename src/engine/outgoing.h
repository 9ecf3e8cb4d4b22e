/* SPDX-License-Identifier: MIT */
/*
 * outgoing - notices that go to their sinks as soon as the writes before them are answered.
 *
 * Persist, then speak: a notice waits here until every event that was given to the store before it is on
 * disk, so that the order at the sinks is that of the decisions. Embedded in the dispatcher, which counts its
 * writes in `queued` and `answered`; the store answers them in their order. A zeroed struct is empty. Loop
 * thread only.
 */
#ifndef PROCJON_ENGINE_OUTGOING_H
#define PROCJON_ENGINE_OUTGOING_H

#include <stdbool.h>
#include <stdint.h>

#include "notify/digest_entry.h"
#include "notify/router.h"

struct outgoing_notice;

struct outgoing {
    uint64_t queued, answered;       /* writes of events */
    struct outgoing_notice *notices; /* utlist, owned */
};

void outgoing_fini(struct outgoing *outgoing);

/* Takes the entry. `released`: one of many that are released at once, and are one message to each sink. */
void outgoing_put(struct outgoing *outgoing, unsigned sink, struct digest_entry *entry, bool released);

/* Hands what may go to the sinks. */
void outgoing_flush(struct outgoing *outgoing, struct router *router);

/* The sinks of what is left, as a bit set. */
uint64_t outgoing_sinks(const struct outgoing *outgoing);

#endif
