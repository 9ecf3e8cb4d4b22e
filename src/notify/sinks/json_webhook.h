/* SPDX-License-Identifier: MIT */
/*
 * json_webhook - what a webhook of the operator's own gets: the digest as plain JSON.
 *
 *      {"text": "the whole meaning, for people", "severity": "good", "warning" or "danger",
 *       "count": services in it, "services": [                  at most JSON_WEBHOOK_SERVICES_MAX
 *         {"service": name, "text": one line, "severity": as above, "events": [ids],
 *          "firstAt": s, "lastAt": s,                           when they happened, seconds since 1970
 *          "status": text, "previousStatus": text,              if the status changed
 *          "available": true or false}]}                        if the availability did
 *
 * Pure. Any 2xx is an acknowledgement. An event id that was there before is a repetition.
 */
#ifndef PROCJON_NOTIFY_SINKS_JSON_WEBHOOK_H
#define PROCJON_NOTIFY_SINKS_JSON_WEBHOOK_H

#include "notify/sinks/webhook.h"

/* A few hundred bytes each: what any receiver takes in one request, and the loop writes in a few
 * milliseconds.
 */
#define JSON_WEBHOOK_SERVICES_MAX 500
/* Ids of one service: after a long failure there may be thousands, and the last ones are what matters. */
#define JSON_WEBHOOK_EVENTS_MAX 20

extern const struct webhook_form json_webhook_form;

#endif
