/* SPDX-License-Identifier: MIT */
/*
 * gate - the last step before the sinks: when half of the living fall silent at once, it asks first whether
 * the server itself is cut off.
 *
 *      a notice, once it is stored ──▶ gate ──▶ router        ordinarily at once, and nothing waits for it
 *                                       ├─ while more and more are lost: held until that ends
 *                                       └─ while a loss of many is counted: held, behind the question
 *
 * The question is an event like every other: on the disk from the moment that a loss of many is noticed, with
 * its final number when that was counted, owed until it was delivered, and one for each loss. What is held is
 * on the disk by then, so that the end of the process loses neither.
 *
 * Embedded in the engine; after gate_close the memory must stay until `closed` was called. Loop thread
 * only.
 */
#ifndef PROCJON_ENGINE_GATE_H
#define PROCJON_ENGINE_GATE_H

#include <stdint.h>
#include <uv.h>

#include "base/event.h"
#include "base/uvx.h"
#include "engine/suppression/mass_outage.h"
#include "engine/service.h"
#include "notify/router.h"
#include "store/store.h"

struct gate_held;

struct gate {
    struct uvx_owner owner; /* the timer, and a hold for each write on its way */
    uv_timer_t counting;    /* while something is held */
    struct mass_outage loss;
    struct store *store;
    struct router *router;
    uint64_t *last_event;  /* the highest event id in use, shared with the engine */
    uint64_t held_from;    /* the event with which it began: older notices pass */
    struct event question; /* of the loss that is being counted; id 0: none is */
    char text[MASS_OUTAGE_TEXT_MAX], sinks[ROUTER_SINKS_SIZE]; /* the question's */
    struct gate_held *held, **held_end;                        /* owned */
    void (*closed)(struct gate *gate);
};

void gate_open(struct gate *gate, uv_loop_t *loop, struct store *store, struct router *router,
               uint64_t *last_event);

/* At boot: this many are remembered as available. */
void gate_remember(struct gate *gate, size_t live);

/* A transition happened; it is on its way to the disk. Wall-clock milliseconds, as in registry_ops. */
void gate_observe(struct gate *gate, const struct transition *transition, int64_t at_ms, int64_t since_ms);

/* It is on the disk now: told, or copied and held. */
void gate_pass(struct gate *gate, const struct event *event);

/* Ends a counting; what is held stays owed on the disk. Before the store is closed. Idempotent. */
void gate_close(struct gate *gate, void (*closed)(struct gate *gate));

#endif
