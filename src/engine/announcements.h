/* SPDX-License-Identifier: MIT */
/*
 * announcements - makes the events that are no transitions of a service: reminders, and that a service begins
 * or stops to flap.
 *
 * Stateless; the events go through the dispatcher. Loop thread only.
 */
#ifndef PROCJON_ENGINE_ANNOUNCEMENTS_H
#define PROCJON_ENGINE_ANNOUNCEMENTS_H

#include <stdint.h>

#include "engine/dispatcher.h"

/*
 * Reminds of every bad state whose reminder is due after `from_ms` and not after `to_ms` (wall clock). The
 * reminder goes to the sinks whose routes ask for it, except those for which NOTIFY_AFTER holds the state.
 */
void announcements_remind(struct dispatcher *dispatcher, int64_t from_ms, int64_t to_ms);

/* The service is about to make a transition, and the routes to these sinks (a bit set) suppress flapping:
 * announces that the service is flapping, if it begins to. */
void announcements_transition(struct dispatcher *dispatcher, const char *service, uint64_t sinks);

/* Announces the state of each service that has stopped flapping, to the sinks of EVENT_FLAPPING. */
void announcements_stable(struct dispatcher *dispatcher);

#endif
