/* SPDX-License-Identifier: MIT */
/*
 * reminder - says again that a state is still bad: after an hour, and then at twice the distance each time,
 * up to a day.
 *
 * Pure but for the registry that it reads. It keeps nothing: when a reminder is due follows from when the
 * state began, which is stored. Its owner looks at the time since it looked last, and stores that time
 * together with what came out; so a restart repeats no reminder and forgets none. Wall clock, milliseconds.
 */
#ifndef PROCJON_REMINDER_H
#define PROCJON_REMINDER_H

#include "monitor/registry.h"
#include "notify/plan.h"

#define REMINDER_FIRST_MS 3600000
#define REMINDER_MAX_MS 86400000

struct reminder_ops {
    /* `sinks` with commas between, as routes with reminders lead to. */
    void (*remind)(void *arg, const char *sinks, const struct service *service, const char *text,
                   enum notice_severity severity);
};

/* Whether the state that began at `since_ms` is to be told of again in the time after `from_ms` until
 * `to_ms`.
 */
bool reminder_is_due(int64_t since_ms, int64_t from_ms, int64_t to_ms);

/* Every service whose state is bad and due. */
void reminder_look(const struct registry *registry, const struct plan *plan, int64_t from_ms, int64_t to_ms,
                   const struct reminder_ops *ops, void *arg);

#endif
