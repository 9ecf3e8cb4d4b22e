/* SPDX-License-Identifier: MIT */
#include "engine/outgoing.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"

struct outgoing_notice {
    struct outgoing_notice *prev, *next;
    uint64_t after; /* of outgoing->answered */
    unsigned sink;
    bool released;
    struct digest_entry *entry; /* owned */
};

void outgoing_put(struct outgoing *outgoing, unsigned sink, struct digest_entry *entry, bool released)
{
    struct outgoing_notice *notice = mem_alloc(sizeof *notice);

    *notice = (struct outgoing_notice){
        .after = outgoing->queued, .sink = sink, .released = released, .entry = entry};
    DL_APPEND(outgoing->notices, notice);
}

void outgoing_flush(struct outgoing *outgoing, struct router *router)
{
    bool gathered = false;

    while (outgoing->notices != NULL && outgoing->notices->after <= outgoing->answered) {
        struct outgoing_notice *first = outgoing->notices;

        if (first->released && !gathered) {
            router_gather(router);
            gathered = true;
        }
        DL_DELETE(outgoing->notices, first);
        router_put(router, first->sink, first->entry);
        free(first);
    }
}

uint64_t outgoing_sinks(const struct outgoing *outgoing)
{
    const struct outgoing_notice *notice;
    uint64_t sinks = 0;

    DL_FOREACH(outgoing->notices, notice)
    sinks |= UINT64_C(1) << notice->sink;
    return sinks;
}

void outgoing_fini(struct outgoing *outgoing)
{
    struct outgoing_notice *notice, *next;

    DL_FOREACH_SAFE(outgoing->notices, notice, next)
    {
        DL_DELETE(outgoing->notices, notice);
        digest_entry_free(notice->entry);
        free(notice);
    }
}
