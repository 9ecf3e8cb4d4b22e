/* SPDX-License-Identifier: MIT */
/*
 * json_webhook - a digest as JSON, for a webhook of the operator.
 *
 *      {"text": "the message as other sinks show it", "severity": "good", "warning" or "danger",
 *       "count": services in it, "services": [                  at most JSON_WEBHOOK_SERVICES_MAX
 *         {"service": name, "text": one line, "severity": as above, "events": [ids],
 *          "firstAt": s, "lastAt": s,                           when they happened, seconds since 1970
 *          "status": text, "previousStatus": text,              if the status changed
 *          "available": true or false}]}                        if the availability did
 *
 * Pure. Any 2xx is an acknowledgement. A message may be sent twice: the receiver recognises that by an event
 * id that it has seen before.
 */
#ifndef PROCJON_NOTIFY_SINKS_JSON_WEBHOOK_H
#define PROCJON_NOTIFY_SINKS_JSON_WEBHOOK_H

#include "notify/sinks/webhook.h"

/* Services in one request. Each is a few hundred bytes, encoded in a few milliseconds in all. */
#define JSON_WEBHOOK_SERVICES_MAX 500
/* Ids of one service, the last ones: after a long failure of the sink there may be thousands. */
#define JSON_WEBHOOK_EVENTS_MAX 20

extern const struct webhook_form json_webhook_form;

#endif
