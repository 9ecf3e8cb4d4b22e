/* SPDX-License-Identifier: MIT */
/*
 * dispatcher - the way of an event: decided, stored, and handed to its sinks when it is on disk.
 *
 *      transition ─▶ event ─▶ decision ─▶ store (one transaction) ─▶ committed ─▶ router
 *                                  └─▶ held_notices ─▶ released ─────────▲
 *
 * Embedded in the engine; after dispatcher_close the memory must stay until `closed` was called. Loop thread
 * only. A notice goes to its sink only after every event that was decided before it is committed, so that the
 * order of the sinks is that of the decisions. A write that fails counts as committed: a disk that fails
 * keeps nobody from being told.
 */
#ifndef PROCJON_ENGINE_DISPATCHER_H
#define PROCJON_ENGINE_DISPATCHER_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/event.h"
#include "base/uvx.h"
#include "engine/decision.h"
#include "engine/outage_question.h"
#include "engine/registry.h"
#include "engine/routing/table.h"
#include "notify/router.h"
#include "store/store.h"

struct dispatcher;
struct outgoing_notice;

struct dispatcher_ops {
    /* The service is about to change, and at these sinks changes are suppressed while it flaps. */
    void (*change)(struct dispatcher *dispatcher, const char *service, uint64_t sinks);
    /* A transition was not stored: the states are to be written again. */
    void (*unsaved)(struct dispatcher *dispatcher);
    void (*closed)(struct dispatcher *dispatcher);
};

struct dispatcher {
    struct uvx_owner owner; /* the timer, and a hold for the question */
    uv_timer_t due;         /* of the held notices */
    int64_t due_ms;         /* while it is active */
    const struct dispatcher_ops *ops;
    struct store *store;
    struct router *router;
    struct registry *registry;
    const struct routing_table *table; /* borrowed */
    struct decision_stages stages;
    struct outage_question question;
    uint64_t last_event;       /* the highest event id in use */
    uint64_t queued, answered; /* writes of events: given to the store, and answered by it in their order */
    struct outgoing_notice
        *outgoing; /* utlist, owned: to their sinks, when the writes before them are answered */
    uint64_t suppressed[ROUTER_SINKS_MAX][STAGES]; /* notices, for the metrics */
};

void dispatcher_open(struct dispatcher *dispatcher, uv_loop_t *loop, struct store *store,
                     struct router *router, struct registry *registry, const struct routing_table *table,
                     const struct dispatcher_ops *ops);

/* A transition of a service, as in registry_ops. */
void dispatcher_transition(struct dispatcher *dispatcher, const struct service *service,
                           const struct transition *transition, int64_t at_ms, int64_t since_ms);

/* An event that is no transition, for these sinks; it has no id and no time yet, and lives during the call.
 */
void dispatcher_announce(struct dispatcher *dispatcher, const struct event *event, uint64_t sinks);

/* The service has reported so often: what was held until then is told. */
void dispatcher_reached(struct dispatcher *dispatcher, const char *service, uint64_t reports);

/* The notice goes to its sink when the writes before it are answered; takes the entry. `released`: one of
 * many that are released at once, and are one message to each sink. Then dispatcher_flush. */
void dispatcher_tell(struct dispatcher *dispatcher, unsigned sink, struct digest_entry *entry, bool released);
void dispatcher_flush(struct dispatcher *dispatcher);

/* For outage_question: one of its writes, which counts in `queued`, is answered. */
void dispatcher_answered(struct dispatcher *dispatcher);

/* For outage_question: nothing is held for a mass outage any more. */
void dispatcher_release_outage(struct dispatcher *dispatcher);

/* Of the sink: it owes these notices no more. */
void dispatcher_settled(struct dispatcher *dispatcher, unsigned sink, const uint64_t *ids, size_t count,
                        const char *outcome);

/* A notice is held by these stages: see struct held_notice. Of the loop's clock. */
void dispatcher_hold(struct dispatcher *dispatcher, const struct event *event, unsigned sink, unsigned stages,
                     int64_t until_ms, uint64_t reports);

/* The sinks that notices wait for which are not in their queues yet. */
uint64_t dispatcher_sinks(const struct dispatcher *dispatcher);

/* What waits stays owed on disk. Before the store is closed. Idempotent. */
void dispatcher_close(struct dispatcher *dispatcher);

#endif
