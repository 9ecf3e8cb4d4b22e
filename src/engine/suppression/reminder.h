/* SPDX-License-Identifier: MIT */
/*
 * reminder - when the sinks are reminded of a bad state that lasts: after an hour, then after twice the time
 * with each reminder, and from a day on every day.
 *
 * Pure, and nothing is kept: when a reminder is due follows from when the state began, which is stored. The
 * owner asks about the time since it asked last, and stores that time with each checkpoint, so that a restart
 * omits no reminder. Wall clock, milliseconds.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_REMINDER_H
#define PROCJON_ENGINE_SUPPRESSION_REMINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "engine/routing/table.h"
#include "engine/service.h"
#include "engine/service_snapshot.h"

/* The first one, and the longest time between two. */
#define REMINDER_FIRST_MS 3600000
#define REMINDER_MAX_MS 86400000

/* Whether a reminder of the state that began at `since_ms` is due after `from_ms` and not after `to_ms`. */
bool reminder_is_due(int64_t since_ms, int64_t from_ms, int64_t to_ms);

/*
 * Makes the event that reminds of the state of the service. It has no id and no time; its strings are the
 * service's. False: the state is good.
 */
bool reminder_make(const struct service *service, const struct service_snapshot *snapshot,
                   const struct routing_table *table, struct event *event);

#endif
