/* SPDX-License-Identifier: MIT */
#include "notify/sinks/sink_kind.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "notify/render.h"
#include "notify/sinks/alertmanager.h"
#include "notify/sinks/json_webhook.h"
#include "notify/sinks/mail.h"
#include "notify/sinks/slack.h"
#include "notify/sinks/webhook.h"

#define LOG_MODULE "notify"
#include "base/log.h"

/* ---- SINK_CONFIG_LOG: an info line per notice; it never fails, and never merges ---- */

static void log_note(struct sink *sink, const struct event *event)
{
    char *text = render_event(event);

    (void)sink;
    log_info("notice service=%s event=%" PRIu64 " text=%s", event->service, event->id, text);
    free(text);
}

/* Notices that were merged while another sink was configured: a line per service. */
static void log_send(struct sink *sink, const struct digest *digest, int64_t now_ms, bool plain)
{
    const struct sink_answer delivered = {.verdict = SINK_DELIVERED};

    (void)plain; /* there is one form only */
    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        char *text = render_entry(entry, now_ms);

        log_info("notice service=%s events=%zu text=%s", entry->service, entry->ids.count, text);
        free(text);
    }
    sink->events->answered(sink->arg, &delivered);
}

static void log_close(struct sink *sink)
{
    const struct sink_events *events = sink->events;
    void *arg = sink->arg;

    free(sink);
    events->closed(arg);
}

static const struct sink_ops log_ops = {.note = log_note, .send = log_send, .close = log_close};

static struct sink *log_open(const struct sink_events *events, void *arg)
{
    struct sink *sink = mem_alloc(sizeof *sink);

    *sink = (struct sink){.ops = &log_ops, .events = events, .arg = arg};
    return sink;
}

/* ---- all kinds ---- */

/* The form of a kind that is a webhook; NULL: another kind. */
static const struct webhook_form *form_of(const struct sink_config *config)
{
    switch (config->kind) {
    case SINK_CONFIG_SLACK:
        return &slack_form;
    case SINK_CONFIG_WEBHOOK:
        return &json_webhook_form;
    case SINK_CONFIG_ALERTMANAGER:
        return &alertmanager_form;
    default:
        return NULL;
    }
}

int sink_kind_check(const struct sink_config *config, struct err *err)
{
    if (config->kind == SINK_CONFIG_LOG)
        return 0;
    return config->kind == SINK_CONFIG_MAIL ? mail_check(config, err) : http_client_check(config->url, err);
}

int sink_kind_open(struct sink **sink, uv_loop_t *loop, const struct sink_config *config,
                   uint64_t deadline_ms, const struct sink_events *events, void *arg, struct err *err)
{
    const struct webhook_form *form = form_of(config);

    if (form != NULL)
        return webhook_open(sink, loop, form, config, deadline_ms, events, arg, err);
    if (config->kind == SINK_CONFIG_MAIL)
        return mail_open(sink, loop, config, deadline_ms, events, arg, err);
    *sink = log_open(events, arg);
    return 0;
}
