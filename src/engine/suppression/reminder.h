/* SPDX-License-Identifier: MIT */
/*
 * reminder - when a bad state is told again: after an hour, and then at twice the distance each time, up to a
 * day.
 *
 * Pure. Nothing is kept: when a reminder is due follows from when the state began, which is stored. The owner
 * looks at the time since it looked last, and stores that time together with what came out; so a restart
 * repeats no reminder and forgets none. Wall clock, milliseconds.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_REMINDER_H
#define PROCJON_ENGINE_SUPPRESSION_REMINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "engine/routing/table.h"
#include "engine/service.h"
#include "engine/service_snapshot.h"

#define REMINDER_FIRST_MS 3600000
#define REMINDER_MAX_MS 86400000

/* Whether the state that began at `since_ms` is to be told of again in the time after `from_ms` until
 * `to_ms`. */
bool reminder_is_due(int64_t since_ms, int64_t from_ms, int64_t to_ms);

/*
 * What a reminder of the service would say: its state, if that is bad. The event has no id and no time; its
 * strings are the service's. False: the state is good.
 */
bool reminder_make(const struct service *service, const struct service_snapshot *snapshot,
                   const struct routing_table *table, struct event *event);

#endif
