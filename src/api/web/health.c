/* SPDX-License-Identifier: MIT */
#include "api/web/health.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct health_report *vitals, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct health_report *vitals, const char *format, ...)
{
    va_list args;

    if (vitals->count == HEALTH_REPORT_MAX)
        return;
    va_start(args, format);
    (void)vsnprintf(vitals->reasons[vitals->count++], HEALTH_REPORT_REASON_MAX, format, args);
    va_end(args);
}

static void add_sinks(struct health_report *vitals, const struct router *router)
{
    static const char *const answers[SINK_VERDICTS] = {
        [SINK_DELIVERED] = "took the last message",
        [SINK_UNREACHABLE] = "cannot be reached: messages wait",
        [SINK_RETRY] = "answers that it is busy: messages wait",
        [SINK_RATE_LIMITED] = "limits the messages that it takes: they wait",
        [SINK_REJECTED] = "refused the last message",
        [SINK_DISABLED] = "takes no messages any more: it must be repaired",
    };
    const struct sink_queue *queue = NULL;
    struct outbox_stats stats;

    while ((queue = router_ailing(router, queue)) != NULL) {
        outbox_stats(&queue->outbox, &stats);
        add(vitals, "the sink %s %s", queue->name, answers[stats.state]);
    }
}

void health_report_take(struct health_report *vitals, const struct web_context *context)
{
    vitals->count = 0;
    if (store_failing(context->store))
        add(vitals, "the store cannot write: what happens now may be pruned by a restart");
    add_sinks(vitals, context->router);
    if (context->server->draining)
        add(vitals, "the server is stopping");
}
