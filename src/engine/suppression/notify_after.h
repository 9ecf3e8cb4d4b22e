/* SPDX-License-Identifier: MIT */
/*
 * notify_after - the sinks are notified of a bad state when it has lasted for as long, or for as many
 * reports, as the route asks.
 *
 * Pure; its state is what it holds (engine/held_notices.h). The first bad event of a service is held, and
 * with it the following events of the service, until
 *
 *      it is due .......................... they pass, merged
 *      the state is the one before ........ they are suppressed (`recovered_in_time`)
 *      the state is good, but another ..... they pass, merged
 *      the service is flapping or stable .. they are suppressed, because that event says it all
 *
 * An event that is not bad passes at once. A service that becomes unavailable makes no more reports: if the
 * route only counts reports, that event passes at once, too.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_NOTIFY_AFTER_H
#define PROCJON_ENGINE_SUPPRESSION_NOTIFY_AFTER_H

#include "engine/suppression/stage.h"

/* The stage; `state` is the struct held_notices. */
struct stage_verdict notify_after_judge(const void *state, const struct stage_input *input);

#endif
