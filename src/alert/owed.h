/* SPDX-License-Identifier: MIT */
/*
 * owed - an event on its way: made of a transition, kept on the disk, handed to the router.
 *
 * One allocation with its strings behind it; whoever holds it frees it with free(3). `next` and `arg` are the
 * holder's.
 */
#ifndef PROCJON_ALERT_OWED_H
#define PROCJON_ALERT_OWED_H

#include <stdint.h>

#include "base/event.h"
#include "monitor/service.h"
#include "notify/router.h"

struct owed {
    struct owed *next;
    void *arg;
    struct event event;
};

/* Tells people of what is no transition. The event has no id and no time yet; it lives during the call. */
typedef void (*owed_say_cb)(void *arg, const struct event *event);

/* A copy, in which a string that is NULL is "". */
struct owed *owed_new(const struct event *event);

/* What people are told about the transition, as the plan of the router has it, but for the sinks `spared`. */
struct owed *owed_new_transition(uint64_t id, const struct router *router, const char *spared,
                                 const struct service *service, const struct transition *transition,
                                 int64_t at_ms, int64_t since_ms);

/* One line that says what happened. */
void owed_log(const struct event *event);

#endif
