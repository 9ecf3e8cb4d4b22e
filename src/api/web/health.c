/* SPDX-License-Identifier: MIT */
#include "api/web/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct health_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct health_report *report, const char *format, ...)
{
    va_list args;

    if (report->count == HEALTH_REPORT_MAX)
        return;
    va_start(args, format);
    (void)vsnprintf(report->reasons[report->count++], HEALTH_REPORT_REASON_MAX, format, args);
    va_end(args);
}

static const char *explain(const char *verdict)
{
    static const struct {
        const char *verdict, *sentence;
    } rows[] = {
        {"unreachable", "cannot be reached: messages wait"},
        {"retry", "answers that it is busy: messages wait"},
        {"rate_limited", "limits the messages that it takes: they wait"},
        {"rejected", "refused the last message"},
        {"disabled", "takes no messages any more: it must be repaired"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].verdict, verdict) == 0)
            return rows[i].sentence;
    }
    return verdict;
}

static void on_sink(void *arg, const struct engine_sink *sink)
{
    if (sink->configured && !sink->healthy)
        add(arg, "the sink %s %s", sink->name, explain(sink->answer));
}

void health_report_take(struct health_report *report, const struct web_context *context)
{
    struct engine_counters counters;

    report->count = 0;
    engine_counters(context->engine, &counters);
    if (counters.store_failing)
        add(report, "the store cannot write: what happens now may be forgotten by a restart");
    engine_each_sink(context->engine, on_sink, report);
    if (context->server->connections.draining)
        add(report, "the server is stopping");
}
