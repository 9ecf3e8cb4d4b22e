/* SPDX-License-Identifier: MIT */
/*
 * reminder - says again that a state is still bad: after an hour, and then at twice the distance each time,
 * up to a day.
 *
 * Pure but for the registry that it reads. It keeps nothing: when a reminder is due follows from when the
 * state began, which is stored. Its owner looks at the time since it looked last, and stores that time
 * together with what came out; so a restart repeats no reminder and forgets none. Wall clock, milliseconds.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_REMINDER_H
#define PROCJON_ENGINE_SUPPRESSION_REMINDER_H

#include "engine/event_build.h"
#include "engine/registry.h"
#include "notify/routing_table.h"

#define REMINDER_FIRST_MS 3600000
#define REMINDER_MAX_MS 86400000

/* Whether the state that began at `since_ms` is to be told of again in the time after `from_ms` until
 * `to_ms`.
 */
bool reminder_is_due(int64_t since_ms, int64_t from_ms, int64_t to_ms);

/* Says it of every service whose state is bad and due, to the sinks of the routes that want reminders. */
void reminder_look(const struct registry *registry, const struct routing_table *table, int64_t from_ms,
                   int64_t to_ms, event_say_cb say, void *arg);

#endif
