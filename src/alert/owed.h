/* SPDX-License-Identifier: MIT */
/*
 * owed - a notice on its way: made of a transition, kept on the disk, handed to the outbox.
 *
 * One allocation with its strings behind it; whoever holds it frees it with free(3). `next` and `arg` are the
 * holder's.
 */
#ifndef PROCJON_OWED_H
#define PROCJON_OWED_H

#include <stdint.h>

#include "monitor/service.h"
#include "notify/notice.h"
#include "notify/router.h"
#include "store/store_record.h"

struct owed {
    struct owed *next;
    void *arg;
    struct notice notice;
    const char *sinks; /* see router_sinks */
};

/* A copy. */
struct owed *owed_new(const struct notice *notice, const char *sinks);

/* What people are told about the transition, as the plan of the router has it, but for the sinks `spared`. */
struct owed *owed_new_transition(uint64_t id, const struct router *router, const char *spared,
                                 const struct service *service, const struct transition *transition,
                                 int64_t at_ms, int64_t since_ms);

/* Of a status: what the plan says of its text, else what the code and well-known words say. */
enum notice_severity owed_severity(const struct plan *plan, int32_t code, const char *text);

/* As the store keeps it (nobody is spared), and back; the strings are the other's. */
void owed_to_event(const struct notice *notice, const char *sinks, struct store_event *event);
void owed_from_event(const struct store_event *event, struct notice *notice);

/* One line that says what happened. */
void owed_log(const struct notice *notice);

#endif
