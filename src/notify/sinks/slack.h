/* SPDX-License-Identifier: MIT */
/*
 * slack - a digest as the payload of a Slack incoming webhook, and the verdicts of Slack's responses.
 *
 * Pure. Sources: api.slack.com/messaging/webhooks, /reference/surfaces/formatting (escaping),
 * /reference/messaging/attachments, /docs/rate-limits. Mattermost and Rocket.Chat accept the same payload.
 */
#ifndef PROCJON_NOTIFY_SINKS_SLACK_H
#define PROCJON_NOTIFY_SINKS_SLACK_H

#include "notify/sinks/webhook.h"

extern const struct webhook_form slack_form;

/*
 * JSON, for free(3). The top-level `text` is the whole message, because notifications and screen readers show
 * nothing else; one attachment has the colour, the times and the event ids. The plain form is the text alone,
 * with the event ids at its end.
 */
char *slack_encode(const struct digest *digest, int64_t now_ms, bool plain);

/* Corrects `answer`, which webhook_judge has filled by the status, by the error code in the body. */
void slack_judge(const struct http_client_reply *reply, struct sink_answer *answer);

#endif
