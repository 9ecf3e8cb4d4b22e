/* SPDX-License-Identifier: MIT */
/*
 * held_notices - what a stage holds back, until it lets go: the one place where notices wait before their
 * sinks.
 *
 * Pure: no clock, no timer. Embedded in its owner; a zeroed struct holds nothing. Notices are held per
 * service and sink, merged to their net effect. What is held by several stages waits for all of them. The
 * first notice held is the first one released.
 *
 * Times are milliseconds of the loop's clock.
 */
#ifndef PROCJON_ENGINE_HELD_NOTICES_H
#define PROCJON_ENGINE_HELD_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "engine/suppression/stage.h"
#include "notify/digest_entry.h"
#include "notify/router.h"

/* A bit for each stage. */
#define HELD_BY(stage) (1u << (stage))

/* What one sink is not told of one service yet. */
struct held_notice {
    struct held_notice *prev, *next; /* of the same service */
    unsigned sink;
    unsigned stages;            /* that hold it; HELD_BY */
    int64_t due_ms;             /* NOTIFY_AFTER lets go then, or STAGE_NO_TIME */
    uint64_t due_reports;       /* or when the service has reported so often, or STAGE_NO_REPORTS */
    struct digest_entry *entry; /* owned */
};

struct held_service;

struct held_notices {
    struct held_service *services;   /* hash by name */
    size_t count;                    /* notices */
    size_t counts[ROUTER_SINKS_MAX]; /* of them, by sink */
};

void held_notices_fini(struct held_notices *held);

const struct held_notice *held_notices_look_up(const struct held_notices *held, const char *service,
                                               unsigned sink);

/* NULL: nothing is held. Valid until the next call that changes it. */
static inline const struct held_notice *held_notices_find(const struct held_notices *held,
                                                          const char *service, unsigned sink)
{
    return held->count > 0 ? held_notices_look_up(held, service, sink) : NULL;
}

/* Holds one more notice. `stages`, `due_ms` and `due_reports` replace those of what is held already. */
void held_notices_add(struct held_notices *held, unsigned sink, const struct event *event, unsigned stages,
                      int64_t due_ms, uint64_t due_reports);

/* Takes what is held, which is the caller's then; NULL: nothing is. */
struct digest_entry *held_notices_take(struct held_notices *held, const char *service, unsigned sink);

/* Called for what is released; `entry` is the callback's. It may not change `held`. */
typedef void (*held_notices_cb)(void *arg, unsigned sink, struct digest_entry *entry);

/* NOTIFY_AFTER lets go of what is due by `now_ms`. Returns when the next one is, or STAGE_NO_TIME. */
int64_t held_notices_pass_time(struct held_notices *held, int64_t now_ms, held_notices_cb released,
                               void *arg);

/*
 * NOTIFY_AFTER lets go of what waits for at most so many reports of the service. Returns the next number that
 * something waits for, or STAGE_NO_REPORTS.
 */
uint64_t held_notices_pass_reports(struct held_notices *held, const char *service, uint64_t reports,
                                   held_notices_cb released, void *arg);

/* The stage lets go of all that it holds. */
void held_notices_pass_stage(struct held_notices *held, enum stage stage, held_notices_cb released,
                             void *arg);

#endif
