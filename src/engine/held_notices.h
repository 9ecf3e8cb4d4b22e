/* SPDX-License-Identifier: MIT */
/*
 * held_notices - the notices that a stage holds: the one place where notices wait before they go to their
 * sinks.
 *
 * Pure: no clock, no timer. Embedded in its owner; a zeroed struct holds nothing. The notices about one
 * service for one sink are one entry, merged to their net effect, and are held and released together. What
 * several stages hold waits for all of them. Times are milliseconds of the loop's clock.
 */
#ifndef PROCJON_ENGINE_HELD_NOTICES_H
#define PROCJON_ENGINE_HELD_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/suppression/stage.h"
#include "notify/digest_entry.h"
#include "notify/router.h"

/* A bit for each stage. */
#define HELD_BY(stage) (1u << (stage))

/* What is held about one service for one sink. */
struct held_notice {
    struct held_notice *prev, *next; /* of the same service */
    unsigned sink;
    unsigned stages;            /* that hold it; HELD_BY; never 0 */
    int64_t due_ms;             /* when NOTIFY_AFTER releases it, or STAGE_NO_TIME */
    uint64_t due_reports;       /* or how often the service has reported by then, or STAGE_NO_REPORTS */
    struct digest_entry *entry; /* owned */
};

struct held_service;

struct held_notices {
    struct held_service *services;   /* uthash by name, owned; in the order of their first notices */
    size_t count;                    /* notices, outdated reminders included */
    size_t counts[ROUTER_SINKS_MAX]; /* of them, by sink */
};

/* Frees all that is held; it holds nothing and is usable afterwards. */
void held_notices_fini(struct held_notices *held);

const struct held_notice *held_notices_look_up(const struct held_notices *held, const char *name,
                                               unsigned sink);

/* NULL: nothing is held. Valid until the next call that changes `held`. */
static inline const struct held_notice *held_notices_find(const struct held_notices *held,
                                                          const char *service, unsigned sink)
{
    return held->count > 0 ? held_notices_look_up(held, service, sink) : NULL;
}

/* Holds one more notice; copies what it keeps of the event. `stages`, `due_ms` and `due_reports` count for
 * what is held already, too. */
void held_notices_add(struct held_notices *held, unsigned sink, const struct event *event, unsigned stages,
                      int64_t due_ms, uint64_t due_reports);

/* What is held, which the caller owns from now on; NULL: nothing. */
struct digest_entry *held_notices_take(struct held_notices *held, const char *name, unsigned sink);

/* Called for what no stage holds any more; the callback owns `entry`. It must not change `held`. */
typedef void (*held_notices_cb)(void *arg, unsigned sink, struct digest_entry *entry);

/* NOTIFY_AFTER releases what is due by `now_ms`. Returns when the next one is due, or STAGE_NO_TIME. */
int64_t held_notices_pass_time(struct held_notices *held, int64_t now_ms, held_notices_cb released,
                               void *arg);

/*
 * NOTIFY_AFTER releases what waits for this number of reports of the service, or a lower one. Returns the
 * next number, or STAGE_NO_REPORTS.
 */
uint64_t held_notices_pass_reports(struct held_notices *held, const char *name, uint64_t reports,
                                   held_notices_cb released, void *arg);

/* The stage releases all that it holds. */
void held_notices_pass_stage(struct held_notices *held, enum stage stage, held_notices_cb released,
                             void *arg);

#endif
