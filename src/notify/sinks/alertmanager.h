/* SPDX-License-Identifier: MIT */
/*
 * alertmanager - the digest as alerts for Prometheus Alertmanager: POST /api/v2/alerts, API v2.
 *
 *      labels       alertname (ProcjonStatus, ProcjonUnavailable, ProcjonFlapping, ProcjonMassLoss
 *                   or ProcjonRemark), service, severity (warning or critical)
 *      annotations  summary, the line that people read elsewhere
 *      startsAt     when the state began; endsAt: when it ended, or far away while it lasts
 *
 * Pure. For Alertmanager an alert is its labels, and a state that is well again has no severity to end an
 * alert with: so each state is two alerts, one of each severity, of which at most one is firing and the other
 * has ended. Ending one that never fired tells nobody anything.
 */
#ifndef PROCJON_NOTIFY_SINKS_ALERTMANAGER_H
#define PROCJON_NOTIFY_SINKS_ALERTMANAGER_H

#include "notify/sinks/webhook.h"

/*
 * How far away "far away" is: Alertmanager ends an alert without an end after its resolve_timeout, which is
 * minutes, while a state of ours lasts until we say otherwise.
 */
#define ALERTMANAGER_FOREVER_MS (365LL * 86400000)
/* Each is two alerts of some hundred bytes, and the loop writes them in a few milliseconds. */
#define ALERTMANAGER_SERVICES_MAX 250
/* What is no state and has no end of its own. */
#define ALERTMANAGER_REMARK_MS 3600000

extern const struct webhook_form alertmanager_form;

#endif
