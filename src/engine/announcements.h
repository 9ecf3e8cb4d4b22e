/* SPDX-License-Identifier: MIT */
/*
 * announcements - what is told without a transition, now and then: reminders, and services that have stopped
 * flapping.
 *
 * Stateless. Loop thread only.
 */
#ifndef PROCJON_ENGINE_ANNOUNCEMENTS_H
#define PROCJON_ENGINE_ANNOUNCEMENTS_H

#include <stdint.h>

#include "engine/dispatcher.h"

/*
 * Reminds of every bad state whose reminder became due after `from_ms` until `to_ms` (wall clock), at the
 * sinks whose routes ask for it, but not where NOTIFY_AFTER still holds the state back.
 */
void announcements_remind(struct dispatcher *dispatcher, int64_t from_ms, int64_t to_ms);

/* The service is about to change, and at these sinks changes are suppressed while it flaps: announces that it
 * begins to. */
void announcements_change(struct dispatcher *dispatcher, const char *service, uint64_t sinks);

/* Tells the whole state of each service that has stopped flapping, to the sinks that were told that it flaps.
 */
void announcements_stable(struct dispatcher *dispatcher);

#endif
