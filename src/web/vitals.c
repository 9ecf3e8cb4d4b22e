/* SPDX-License-Identifier: MIT */
#include "web/vitals.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct vitals *vitals, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct vitals *vitals, const char *format, ...)
{
    va_list args;

    if (vitals->count == VITALS_MAX)
        return;
    va_start(args, format);
    (void)vsnprintf(vitals->reasons[vitals->count++], VITALS_REASON_MAX, format, args);
    va_end(args);
}

static void add_sinks(struct vitals *vitals, const struct router *router)
{
    static const char *const answers[SINK_VERDICTS] = {
        [SINK_TOOK] = "took the last message",
        [SINK_UNREACHED] = "cannot be reached: messages wait",
        [SINK_BUSY] = "answers that it is busy: messages wait",
        [SINK_LIMITED] = "limits the messages that it takes: they wait",
        [SINK_REFUSED] = "refused the last message",
        [SINK_GONE] = "takes no messages any more: it must be repaired",
    };
    const struct outlet *outlet = NULL;
    struct outbox_stats stats;

    while ((outlet = router_ailing(router, outlet)) != NULL) {
        outbox_stats(&outlet->outbox, &stats);
        add(vitals, "the sink %s %s", outlet->name, answers[stats.state]);
    }
}

void vitals_take(struct vitals *vitals, const struct web_sources *sources)
{
    vitals->count = 0;
    if (store_failing(sources->store))
        add(vitals, "the store cannot write: what happens now may be forgotten by a restart");
    add_sinks(vitals, sources->router);
    if (sources->server->draining)
        add(vitals, "the server is stopping");
}
