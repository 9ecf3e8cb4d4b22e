/* SPDX-License-Identifier: MIT */
#include "notify/sink.h"

#include <stddef.h>

#include "notify/logsink.h"
#include "notify/slack.h"
#include "notify/webhook.h"

int sink_open(struct sink **sink, uv_loop_t *loop, const char *webhook, uint64_t deadline_ms,
              const struct sink_events *events, void *arg, struct err *err)
{
    if (webhook == NULL) {
        *sink = logsink_open(events, arg);
        return 0;
    }
    return webhook_open(sink, loop, &slack_form, webhook, deadline_ms, events, arg, err);
}
