/* SPDX-License-Identifier: MIT */
/*
 * decision - the event of a transition, and which sinks are notified of it: decided once, when it happens.
 *
 * A plain value that points into itself: it lives on the stack of its maker and is never copied. Each sink
 * that is asked about is in one of three sets: passed, held, or suppressed; for the last two the decision has
 * the stage and its verdict. The decision is stored with the event, in the transaction of the transition, as
 * one row per sink. A restart reads the rows and decides nothing again.
 */
#ifndef PROCJON_ENGINE_DECISION_H
#define PROCJON_ENGINE_DECISION_H

#include <stddef.h>
#include <stdint.h>

#include "base/event.h"
#include "engine/held_notices.h"
#include "engine/routing/table.h"
#include "engine/service.h"
#include "engine/suppression/flap.h"
#include "engine/suppression/mass_outage.h"
#include "engine/suppression/stage.h"
#include "notify/router.h"
#include "store/store_record.h"

/* The states of the stages. Owned by the dispatcher. */
struct decision_stages {
    struct flap flap;
    struct mass_outage mass_outage;
    struct held_notices held; /* what NOTIFY_AFTER and MASS_OUTAGE hold */
};

struct decision_reason {
    enum stage stage;    /* the stage that suppresses, or the last one that holds */
    unsigned stages;     /* held: all that hold; HELD_BY */
    const char *outcome; /* suppressed: see struct stage_verdict */
    /* Held: of the last stage that holds, see struct stage_verdict. */
    int64_t until_ms;
    uint64_t reports;
    const char *held_outcome; /* see struct stage_verdict */
};

/* Enough for "no status for N s" with the longest timeout. */
#define DECISION_REASON_MAX 64

struct decision {
    struct event event;
    char reason_text[DECISION_REASON_MAX];
    uint64_t passed, held, suppressed; /* disjoint bit sets of sinks */
    struct decision_reason reasons[ROUTER_SINKS_MAX];
};

/*
 * Makes the event of a transition; no sink is in a set yet. Times as in registry_ops. Borrows the strings of
 * service and transition.
 */
void decision_begin(struct decision *decision, uint64_t id, const struct routing_table *table,
                    const struct service *service, const struct transition *transition, int64_t at_ms,
                    int64_t since_ms);

/* Asks the stages about input->sink, and adds it to one of the sets. input->event is the decision's. */
void decision_add(struct decision *decision, const struct decision_stages *states,
                  const struct stage_input *input);

/* What the store has as the stage that holds. Stored on disk: never change a word. */
extern const char *const decision_stage_names[STAGES];

/* A growing array; a zeroed one is empty. The names of sinks are borrowed from the router. */
struct decision_rows {
    struct store_notice *rows;
    size_t count, room;
};

/*
 * Appends the rows of the decision as the store keeps it: one for each sink, and one for each earlier notice
 * of the service in `held` that NOTIFY_AFTER releases or suppresses with this decision. `loop_ms` is what the
 * loop's clock showed at event.at_ms. Before the decision is applied to `held`.
 */
void decision_rows_fill(struct decision_rows *rows, const struct decision *decision,
                        const struct held_notices *held, const struct router *router, int64_t loop_ms);
void decision_rows_fini(struct decision_rows *rows);

/* Writes one log line about the event. */
void decision_log(const struct event *event);

#endif
