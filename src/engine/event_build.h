/* SPDX-License-Identifier: MIT */
/*
 * event_build - the event of a transition, and the log line of an event.
 *
 * A value that points into itself, for the stack of its maker: never copied.
 */
#ifndef PROCJON_ENGINE_EVENT_BUILD_H
#define PROCJON_ENGINE_EVENT_BUILD_H

#include <stdint.h>

#include "base/event.h"
#include "engine/routing/table.h"
#include "engine/service.h"

/* "no status for N s", with the longest timeout there is. */
#define EVENT_BUILD_REASON_MAX 64

struct event_build {
    struct event event;
    char reason[EVENT_BUILD_REASON_MAX];
};

/* Times as in registry_ops; the strings of service and transition are used, not copied. */
void event_build_write(struct event_build *build, uint64_t id, const struct routing_table *table,
                       const struct service *service, const struct transition *transition, int64_t at_ms,
                       int64_t since_ms);

/* One line that says what happened. */
void event_build_log(const struct event *event);

#endif
