/* SPDX-License-Identifier: MIT */
#include "notify/sink.h"

#include "notify/sinks/alertmanager.h"
#include "notify/sinks/json_webhook.h"
#include "notify/sinks/log_sink.h"
#include "notify/sinks/mail.h"
#include "notify/sinks/slack.h"
#include "notify/sinks/webhook.h"

const char *const sink_verdict_names[SINK_VERDICTS] = {
    [SINK_DELIVERED] = "delivered",       [SINK_UNREACHABLE] = "unreachable", [SINK_RETRY] = "retry",
    [SINK_RATE_LIMITED] = "rate_limited", [SINK_REJECTED] = "rejected",       [SINK_DISABLED] = "disabled",
};

/* How a kind that is reached by HTTP writes; NULL: another kind. */
static const struct webhook_form *form_of(const struct sink_config *address)
{
    switch (address->kind) {
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

int sink_check(const struct sink_config *address, struct err *err)
{
    if (address->kind == SINK_CONFIG_LOG)
        return 0;
    return address->kind == SINK_CONFIG_MAIL ? mail_check(address, err)
                                             : http_client_check(address->url, err);
}

int sink_open(struct sink **sink, uv_loop_t *loop, const struct sink_config *address, uint64_t deadline_ms,
              const struct sink_events *events, void *arg, struct err *err)
{
    const struct webhook_form *form = form_of(address);

    if (form != NULL)
        return webhook_open(sink, loop, form, address, deadline_ms, events, arg, err);
    if (address->kind == SINK_CONFIG_MAIL)
        return mail_open(sink, loop, address, deadline_ms, events, arg, err);
    *sink = log_sink_open(events, arg);
    return 0;
}
