/* SPDX-License-Identifier: MIT */
#include "api/web/metrics.h"

#include <inttypes.h>

#include "grpc/status.h"
#include "api/web/escape.h"
#include "base/buf.h"
#include "api/web/service_page.h"

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

/* Every value of the label, those with 0 too: a series that appears late looks like a jump. */
static void all(struct buf *out, const char *name, const char *label, const char *const *values,
                const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        labelled(out, name, label, values[i], numbers[i]);
}

struct census {
    uint64_t availabilities[3]; /* by enum service_availability */
    uint64_t not_ok;
};

static void count(void *arg, const struct service *service)
{
    struct census *census = arg;

    census->availabilities[service->availability]++;
    if (display_state_of(service) == DISPLAY_STATE_NOT_OK)
        census->not_ok++;
}

static void write_monitor(struct buf *out, const struct registry *registry)
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
    struct census census = {0};

    registry_each(registry, count, &census);
    family(out, "procjon_services", "gauge", "Registered services by availability.");
    all(out, "procjon_services", "availability", availabilities, census.availabilities, 3);
    gauge(out, "procjon_services_not_ok", "Available services whose last status code is not 0.",
          census.not_ok);
    counter(out, "procjon_reports_total", "Statuses received for registered services.", registry->reports);
    family(out, "procjon_transitions_total", "counter", "Changes that people are told about, by kind.");
    all(out, "procjon_transitions_total", "kind", kinds, registry->transitions, TRANSITION_KINDS);
    counter(out, "procjon_unregistered_codes_total", "Statuses whose code is not among the registered ones.",
            registry->unknown_codes);
}

static void write_settled(struct buf *out, const char *sink, const struct outbox_stats *stats)
{
    for (size_t i = 0; i < OUTBOX_OUTCOMES; i++)
        buf_printf(out, "procjon_notices_settled_total{sink=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", sink,
                   outbox_outcome_names[i], stats->settled[i]);
}

static void write_answers(struct buf *out, const char *sink, const struct outbox_stats *stats)
{
    for (size_t i = 0; i < SINK_VERDICTS; i++)
        buf_printf(out, "procjon_sink_answers_total{sink=\"%s\",verdict=\"%s\"} %" PRIu64 "\n", sink,
                   sink_verdict_names[i], stats->answers[i]);
}

static void write_waiting(struct buf *out, const char *sink, const struct outbox_stats *stats)
{
    labelled(out, "procjon_notices_waiting", "sink", sink, stats->waiting);
}

static void write_healthy(struct buf *out, const char *sink, const struct outbox_stats *stats)
{
    labelled(out, "procjon_sink_healthy", "sink", sink, stats->state == SINK_DELIVERED);
}

/* The name of a sink is letters, digits and marks that need no escape. */
static void write_sinks(struct buf *out, const struct router *router)
{
    static const struct {
        const char *name, *type, *help;
        void (*write)(struct buf *out, const char *sink, const struct outbox_stats *stats);
    } families[] = {
        {"procjon_notices_waiting", "gauge", "Notices that people are still owed, by sink.", write_waiting},
        {"procjon_notices_settled_total", "counter",
         "Notices that nobody is owed any more, by sink and outcome.", write_settled},
        {"procjon_sink_answers_total", "counter", "Messages sent, by sink and what became of each.",
         write_answers},
        {"procjon_sink_healthy", "gauge", "Whether the sink took the last message: 1 or 0.", write_healthy},
    };
    struct outbox_stats stats;

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        family(out, families[i].name, families[i].type, families[i].help);
        for (const struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next) {
            outbox_stats(&queue->outbox, &stats);
            stats.waiting = sink_queue_waiting(queue);
            families[i].write(out, queue->name, &stats);
        }
    }
}

static void write_reloads(struct buf *out, const struct web_reloads *reloads)
{
    family(out, "procjon_reloads_total", "counter", "Reloads that were asked for, by what became of each.");
    labelled(out, "procjon_reloads_total", "result", "taken", reloads->taken);
    labelled(out, "procjon_reloads_total", "result", "refused", reloads->refused);
    gauge(out, "procjon_configuration_stale", "Whether the last reload was refused: 1 or 0.", reloads->stale);
}

static void write_store(struct buf *out, const struct store *store)
{
    gauge(out, "procjon_store_writes_pending", "Writes that wait or are being committed.",
          store_pending(store));
    gauge(out, "procjon_store_failing", "Whether the last write failed: 1 or 0.", store_failing(store));
}

static void write_grpc(struct buf *out, const struct server *server)
{
    const struct server_counters *counters = &server->counters;

    gauge(out, "procjon_grpc_connections", "Open connections.", server->connection_count);
    counter(out, "procjon_grpc_connections_total", "Connections accepted.", counters->connections);
    counter(out, "procjon_grpc_connections_refused_total", "Connections refused over a limit.",
            counters->refused_connections);
    counter(out, "procjon_grpc_connections_failed_total", "Connections that ended in an error.",
            counters->failed_connections);
    counter(out, "procjon_grpc_calls_started_total", "Calls begun.", counters->calls);
    family(out, "procjon_grpc_calls_total", "counter", "Calls finished, by status code.");
    for (size_t i = 0; i < sizeof counters->finished / sizeof counters->finished[0]; i++)
        labelled(out, "procjon_grpc_calls_total", "code", status_name((int)i), counters->finished[i]);
    counter(out, "procjon_grpc_messages_received_total", "Messages received in calls.", counters->messages);
}

void metrics_write(struct buf *out, const struct web_context *context, uint64_t uptime_ms)
{
    family(out, "procjon_build_info", "gauge", "Which build this is; always 1.");
    labelled(out, "procjon_build_info", "version", context->version, 1);
    family(out, "procjon_uptime_seconds", "gauge", "How long the server has been serving.");
    buf_printf(out, "procjon_uptime_seconds %" PRIu64 ".%03" PRIu64 "\n", uptime_ms / 1000, uptime_ms % 1000);
    write_monitor(out, context->registry);
    write_sinks(out, context->router);
    write_reloads(out, context->reloads);
    write_store(out, context->store);
    write_grpc(out, context->server);
}
