/* SPDX-License-Identifier: MIT */
#include "web/vitals.h"

static void add(struct vitals *vitals, const char *reason)
{
    vitals->reasons[vitals->count++] = reason;
}

void vitals_take(struct vitals *vitals, const struct web_sources *sources)
{
    static const char *const answers[SINK_VERDICTS] = {
        [SINK_TOOK] = "the sink took the last message",
        [SINK_UNREACHED] = "the sink cannot be reached: messages wait",
        [SINK_BUSY] = "the sink answers that it is busy: messages wait",
        [SINK_LIMITED] = "the sink limits the messages that it takes: they wait",
        [SINK_REFUSED] = "the sink refused the last message",
        [SINK_GONE] = "the sink takes no messages any more: it must be repaired",
    };
    struct outbox_stats stats;

    *vitals = (struct vitals){0};
    if (store_failing(sources->store))
        add(vitals, "the store cannot write: what happens now may be forgotten by a restart");
    if (!outbox_healthy(sources->outbox)) {
        outbox_stats(sources->outbox, &stats);
        add(vitals, answers[stats.state]);
    }
    if (sources->server->draining)
        add(vitals, "the server is stopping");
}
