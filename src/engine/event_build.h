/* SPDX-License-Identifier: MIT */
/*
 * event_build - what people are told about a transition, and what the log says of an event.
 *
 * A value that points into itself, for the stack of whoever hands its event on: never copied.
 */
#ifndef PROCJON_ENGINE_EVENT_BUILD_H
#define PROCJON_ENGINE_EVENT_BUILD_H

#include <stdint.h>

#include "base/event.h"
#include "engine/service.h"
#include "notify/router.h"

/* "no status for N s", with the longest timeout there is. */
#define EVENT_BUILD_REASON_MAX 64

struct event_build {
    struct event event;
    char reason[EVENT_BUILD_REASON_MAX];
    char sinks[ROUTER_SINKS_SIZE], spared[ROUTER_SINKS_SIZE]; /* with commas between */
};

/* Tells people of what is no transition. The event has no id and no time yet; it lives during the call. */
typedef void (*event_say_cb)(void *arg, const struct event *event);

/*
 * Makes the event, for the sinks that the table of the router says but those in `spared`, which is filled
 * already. Times as in registry_ops; the strings of service and transition are used, not copied.
 */
void event_build_write(struct event_build *news, uint64_t id, const struct router *router,
                       const struct service *service, const struct transition *transition, int64_t at_ms,
                       int64_t since_ms);

/* One line that says what happened. */
void event_build_log(const struct event *event);

#endif
