/* SPDX-License-Identifier: MIT */
#include "notify/sink.h"

#include "notify/alertmanager.h"
#include "notify/generic.h"
#include "notify/logsink.h"
#include "notify/mail.h"
#include "notify/slack.h"
#include "notify/webhook.h"

/* How a kind that is reached by HTTP writes; NULL: another kind. */
static const struct webhook_form *form_of(const struct address *address)
{
    switch (address->kind) {
    case ADDRESS_SLACK:
        return &slack_form;
    case ADDRESS_WEBHOOK:
        return &generic_form;
    case ADDRESS_ALERTMANAGER:
        return &alertmanager_form;
    default:
        return NULL;
    }
}

int sink_check(const struct address *address, struct err *err)
{
    if (address->kind == ADDRESS_LOG)
        return 0;
    return address->kind == ADDRESS_MAIL ? mail_check(address, err) : http_check(address->url, err);
}

int sink_open(struct sink **sink, uv_loop_t *loop, const struct address *address, uint64_t deadline_ms,
              const struct sink_events *events, void *arg, struct err *err)
{
    const struct webhook_form *form = form_of(address);

    if (form != NULL)
        return webhook_open(sink, loop, form, address, deadline_ms, events, arg, err);
    if (address->kind == ADDRESS_MAIL)
        return mail_open(sink, loop, address, deadline_ms, events, arg, err);
    *sink = logsink_open(events, arg);
    return 0;
}
