/* SPDX-License-Identifier: MIT */
/*
 * slack - how a message is written for a Slack incoming webhook, and what Slack's answers mean.
 *
 * Pure. Sources: api.slack.com/messaging/webhooks, /reference/surfaces/formatting (escaping),
 * /reference/messaging/attachments, /docs/rate-limits. Mattermost and Rocket.Chat take the same payload.
 */
#ifndef PROCJON_NOTIFY_SINKS_SLACK_H
#define PROCJON_NOTIFY_SINKS_SLACK_H

#include "notify/sinks/webhook.h"

extern const struct webhook_form slack_form;

/*
 * Top-level `text` with the whole meaning (notifications and screen readers show nothing else) and one
 * attachment: colour, context and event ids. `plain`: the text alone, with the event ids behind it. JSON; the
 * caller frees it.
 */
char *slack_encode(const struct digest *digest, int64_t now_ms, bool plain);

/* By status first (`answer` holds that opinion), then by Slack's word in the body. */
void slack_judge(const struct http_client_reply *reply, struct sink_answer *answer);

#endif
