/* SPDX-License-Identifier: MIT */
/*
 * alertmanager - a digest as alerts of Prometheus Alertmanager, for POST /api/v2/alerts of its API v2.
 *
 *      labels       alertname (ProcjonStatus, ProcjonUnavailable, ProcjonFlapping, ProcjonMassLoss
 *                   or ProcjonRemark), service, severity (warning or critical)
 *      annotations  summary, the line that other sinks show
 *      startsAt     when the state began
 *      endsAt       when it ended, or ALERTMANAGER_FOREVER_MS later while it lasts
 *
 * Pure. Alertmanager identifies an alert by its labels, and a state that is good has no severity by which the
 * firing alert could be named. Therefore each state is two alerts, one per severity, of which at most one
 * fires and the other is resolved. Resolving an alert that never fired sends no notification.
 */
#ifndef PROCJON_NOTIFY_SINKS_ALERTMANAGER_H
#define PROCJON_NOTIFY_SINKS_ALERTMANAGER_H

#include "notify/sinks/webhook.h"

/*
 * A year. Alertmanager resolves an alert without endsAt after its resolve_timeout of some minutes, but a
 * state of a service lasts until the next notice.
 */
#define ALERTMANAGER_FOREVER_MS (365LL * 86400000)
/* Services in one request. Each is two alerts of some hundred bytes, encoded in a few milliseconds in all. */
#define ALERTMANAGER_SERVICES_MAX 250
/* A remark or a reminder is not a state and has no end: its alert is resolved after an hour. */
#define ALERTMANAGER_REMARK_MS 3600000

/* Any 2xx is an acknowledgement. */
extern const struct webhook_form alertmanager_form;

#endif
