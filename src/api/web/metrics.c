/* SPDX-License-Identifier: MIT */
#include "api/web/metrics.h"

#include <inttypes.h>

#include "api/web/escape.h"
#include "api/web/service_page.h"
#include "base/buf.h"
#include "grpc/status.h"

static void family(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
    family(out, name, type, help);
    buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void counter(struct buf *out, const char *name, const char *help, uint64_t value)
{
    one(out, name, "counter", help, value);
}

static void gauge(struct buf *out, const char *name, const char *help, uint64_t value)
{
    one(out, name, "gauge", help, value);
}

static void labelled(struct buf *out, const char *name, const char *label, const char *value, uint64_t number)
{
    buf_printf(out, "%s{%s=\"", name, label);
    escape_label(out, value);
    buf_printf(out, "\"} %" PRIu64 "\n", number);
}

/* Every value of the label, also with 0: rate() misses the first increment of a series that appears late. */
static void all(struct buf *out, const char *name, const char *label, const char *const *values,
                const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        labelled(out, name, label, values[i], numbers[i]);
}

struct totals {
    uint64_t availabilities[3]; /* by enum service_availability */
    uint64_t not_ok;
};

static void count(void *arg, const struct service *service)
{
    struct totals *totals = arg;

    totals->availabilities[service->availability]++;
    if (display_state_of(service) == DISPLAY_STATE_NOT_OK)
        totals->not_ok++;
}

static void write_services(struct buf *out, const struct engine *engine,
                           const struct engine_counters *counters)
{
    static const char *const availabilities[] = {
        [SERVICE_UNKNOWN] = "unknown",
        [SERVICE_AVAILABLE] = "available",
        [SERVICE_UNAVAILABLE] = "unavailable",
    };
    static const char *const kinds[TRANSITION_KINDS] = {
        [TRANSITION_STATUS] = "status",
        [TRANSITION_AVAILABLE] = "available",
        [TRANSITION_UNAVAILABLE] = "unavailable",
    };
    struct totals totals = {0};

    engine_each(engine, count, &totals);
    family(out, "procjon_services", "gauge", "Registered services by availability.");
    all(out, "procjon_services", "availability", availabilities, totals.availabilities, 3);
    gauge(out, "procjon_services_not_ok", "Available services whose last status code is not 0.",
          totals.not_ok);
    counter(out, "procjon_reports_total", "Statuses received for registered services.", counters->reports);
    family(out, "procjon_transitions_total", "counter", "Changes that people are told about, by kind.");
    all(out, "procjon_transitions_total", "kind", kinds, counters->transitions, TRANSITION_KINDS);
    counter(out, "procjon_unregistered_codes_total", "Statuses whose code is not among the registered ones.",
            counters->unknown_codes);
}

static void write_counts(struct buf *out, const char *family, const char *label, const char *sink,
                         const struct engine_count *counts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s{sink=\"%s\",%s=\"%s\"} %" PRIu64 "\n", family, sink, label, counts[i].name,
                   counts[i].value);
}

static void write_waiting(void *arg, const struct engine_sink *sink)
{
    labelled(arg, "procjon_notices_waiting", "sink", sink->name, sink->waiting);
}

static void write_outcomes(void *arg, const struct engine_sink *sink)
{
    write_counts(arg, "procjon_notices_settled_total", "outcome", sink->name, sink->outcomes,
                 sink->outcome_count);
}

static void write_answers(void *arg, const struct engine_sink *sink)
{
    write_counts(arg, "procjon_sink_answers_total", "verdict", sink->name, sink->answers, sink->answer_count);
}

static void write_healthy(void *arg, const struct engine_sink *sink)
{
    labelled(arg, "procjon_sink_healthy", "sink", sink->name, sink->healthy);
}

/* The name of a sink needs no escaping: see sink_list_check. */
static void write_sinks(struct buf *out, const struct engine *engine)
{
    static const struct {
        const char *name, *type, *help;
        engine_each_sink_cb write;
    } families[] = {
        {"procjon_notices_waiting", "gauge", "Notices that people are still owed, by sink.", write_waiting},
        {"procjon_notices_settled_total", "counter",
         "Notices that are not owed any more, by sink and outcome.", write_outcomes},
        {"procjon_sink_answers_total", "counter", "Messages sent, by sink and what became of each.",
         write_answers},
        {"procjon_sink_healthy", "gauge", "Whether the sink took the last message: 1 or 0.", write_healthy},
    };

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        family(out, families[i].name, families[i].type, families[i].help);
        engine_each_sink(engine, families[i].write, out);
    }
}

static void write_reloads(struct buf *out, const struct web_reloads *reloads)
{
    family(out, "procjon_reloads_total", "counter", "Reloads that were asked for, by what became of each.");
    labelled(out, "procjon_reloads_total", "result", "taken", reloads->taken);
    labelled(out, "procjon_reloads_total", "result", "refused", reloads->refused);
    gauge(out, "procjon_configuration_stale", "Whether the last reload was refused: 1 or 0.", reloads->stale);
}

static void write_store(struct buf *out, const struct engine_counters *counters)
{
    gauge(out, "procjon_store_writes_pending", "Writes that wait or are being committed.",
          counters->store_pending);
    gauge(out, "procjon_store_failing", "Whether the last write failed: 1 or 0.", counters->store_failing);
}

static void write_grpc(struct buf *out, const struct server *server)
{
    const struct server_connections *connections = &server->connections;
    const struct server_calls *calls = &server->calls;

    gauge(out, "procjon_grpc_connections", "Open connections.", connections->count);
    counter(out, "procjon_grpc_connections_total", "Connections accepted.", connections->counters.accepted);
    counter(out, "procjon_grpc_connections_refused_total", "Connections refused over a limit.",
            connections->counters.refused);
    counter(out, "procjon_grpc_connections_failed_total", "Connections that ended in an error.",
            connections->counters.failed);
    counter(out, "procjon_grpc_calls_started_total", "Calls begun.", calls->started);
    family(out, "procjon_grpc_calls_total", "counter", "Calls finished, by status code.");
    for (size_t i = 0; i < sizeof calls->finished / sizeof calls->finished[0]; i++)
        labelled(out, "procjon_grpc_calls_total", "code", status_name((int)i), calls->finished[i]);
    counter(out, "procjon_grpc_messages_received_total", "Messages received in calls.", calls->messages);
}

void metrics_write(struct buf *out, const struct web_context *context, uint64_t uptime_ms)
{
    struct engine_counters counters;

    engine_counters(context->engine, &counters);
    family(out, "procjon_build_info", "gauge", "Which build this is; always 1.");
    labelled(out, "procjon_build_info", "version", context->version, 1);
    family(out, "procjon_uptime_seconds", "gauge", "How long the server has been serving.");
    buf_printf(out, "procjon_uptime_seconds %" PRIu64 ".%03" PRIu64 "\n", uptime_ms / 1000, uptime_ms % 1000);
    write_services(out, context->engine, &counters);
    write_sinks(out, context->engine);
    write_reloads(out, context->reloads);
    write_store(out, &counters);
    write_grpc(out, context->server);
}
