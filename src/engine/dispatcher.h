/* SPDX-License-Identifier: MIT */
/*
 * dispatcher - takes an event from its transition to its sinks: decided, stored, and put into the queues of
 * the sinks when it is committed.
 *
 *      transition -> event -> decision -> store (one transaction) -> committed -> router
 *                                |                                      ^
 *                                +----> held_notices ----> released ----+
 *
 * Embedded in the engine; after dispatcher_close the memory must stay until `closed` was called and the store
 * is closed. Loop thread only. A notice goes to its sink when every event that was decided before it is
 * committed, so that the order at the sinks is the order of the decisions. A write that fails counts as
 * committed: the sinks are notified even if the disk fails.
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
    /* A service is about to change whose changes are suppressed at these sinks while it flaps. */
    void (*transition)(struct dispatcher *dispatcher, const char *service, uint64_t sinks);
    /* A transition was not stored, so that the states on disk are wrong: they are to be written again. */
    void (*unsaved)(struct dispatcher *dispatcher);
    /* The handles are closed. Called once, from the loop; the store may still answer writes. */
    void (*closed)(struct dispatcher *dispatcher);
};

struct dispatcher {
    struct uvx_owner owner; /* the timers, and a hold for each write of the outage question */
    uv_timer_t due;         /* when NOTIFY_AFTER releases the next notice */
    int64_t due_ms;         /* of the loop's clock; while `due` is active */
    const struct dispatcher_ops *ops;
    struct store *store;
    struct router *router;
    struct registry *registry;
    const struct routing_table *table; /* borrowed */
    struct decision_stages stages;
    struct outage_question question;
    uint64_t last_event;              /* the highest event id in use */
    uint64_t queued, answered;        /* events: given to the store, and answered by it, in this order */
    struct outgoing_notice *outgoing; /* utlist, owned: they wait for the commit of earlier events */
    size_t outgoing_counts[ROUTER_SINKS_MAX]; /* notices among them, and those of event.notified, by sink */
    uint64_t suppressed[ROUTER_SINKS_MAX][STAGES]; /* notices, for the metrics */
};

/* `ops` and `table` must outlive it, `table` until dispatcher_reload. */
void dispatcher_open(struct dispatcher *dispatcher, uv_loop_t *loop, struct store *store,
                     struct router *router, struct registry *registry, const struct routing_table *table,
                     const struct dispatcher_ops *ops);

/* Right after router_reload: the table that counts for later events. What is decided stays decided. */
void dispatcher_reload(struct dispatcher *dispatcher, const struct routing_table *table);

/* A transition of a service, as in registry_ops. */
void dispatcher_transition(struct dispatcher *dispatcher, const struct service *service,
                           const struct transition *transition, int64_t at_ms, int64_t since_ms);

/* An event that is no transition, for these sinks (a bit set). It has no id and no time yet; valid during the
 * call. */
void dispatcher_announce(struct dispatcher *dispatcher, const struct event *event, uint64_t sinks);

/* The service has reported so often: releases what waits for that. */
void dispatcher_reached(struct dispatcher *dispatcher, const char *service, uint64_t reports);

/*
 * The notice goes to its sink when the writes that are queued now are answered: in dispatcher_flush, which
 * the caller calls afterwards, or later. Takes the entry. It was held: what is released with it for the same
 * sink is one message with it.
 */
void dispatcher_enqueue_released(struct dispatcher *dispatcher, unsigned sink, struct digest_entry *entry);
void dispatcher_flush(struct dispatcher *dispatcher);

/* For outage_question: one of its writes, which are counted in `queued`, is answered. The event is the
 * store's copy. */
void dispatcher_answered(struct dispatcher *dispatcher, const struct event *event);

/* MASS_OUTAGE releases all that it holds. */
void dispatcher_release_outage(struct dispatcher *dispatcher);

/* NOTIFY_AFTER releases what is due by this time of the loop's clock. */
void dispatcher_release_due(struct dispatcher *dispatcher, int64_t now_ms);

/* See router_ops.settled. */
void dispatcher_settled(struct dispatcher *dispatcher, unsigned sink, const uint64_t *ids, size_t count,
                        const char *outcome);

/* Holds a notice: see held_notices_add. */
void dispatcher_hold(struct dispatcher *dispatcher, const struct event *event, unsigned sink, unsigned stages,
                     int64_t until_ms, uint64_t reports);

/* The notices for the sink that are not in its queue yet: held, or waiting for a commit. */
size_t dispatcher_waiting(const struct dispatcher *dispatcher, unsigned sink);

/* The sinks with such notices. */
uint64_t dispatcher_sinks(const struct dispatcher *dispatcher);

/* What waits is dropped from memory; on disk it is not settled. Before the store is closed. Idempotent. */
void dispatcher_close(struct dispatcher *dispatcher);

#endif
