/* SPDX-License-Identifier: MIT */
/*
 * decision - what is told of a transition, and who hears it: decided once, when it happens.
 *
 * A plain value that points into itself, for the stack of its maker: never copied. Each sink that the routing
 * table leads to is in one of three sets: told, held, or suppressed; for the latter two it has the stage that
 * said so. The decision is stored with the event in the transaction of the transition, as rows, and a restart
 * reads them instead of deciding again.
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

/* The states that the stages judge by. */
struct decision_stages {
    struct flap flap;
    struct mass_outage mass_outage;
    struct held_notices held;
};

struct decision_reason {
    enum stage stage;    /* the last of those that hold, or the one that suppresses */
    unsigned stages;     /* held: all that hold; HELD_BY */
    const char *outcome; /* suppressed: the word for the history */
    /* Held by NOTIFY_AFTER: see struct stage_verdict. */
    int64_t until_ms;
    uint64_t reports;
    const char *held_outcome; /* as in struct stage_verdict */
};

/* "no status for N s", with the longest timeout there is. */
#define DECISION_REASON_MAX 64

struct decision {
    struct event event;
    char reason_text[DECISION_REASON_MAX];
    uint64_t told, held, suppressed; /* disjoint sets of sinks */
    struct decision_reason reasons[ROUTER_SINKS_MAX];
};

/*
 * Begins the decision about a transition: makes its event. Times as in registry_ops; the strings of service
 * and transition are used, not copied.
 */
void decision_begin(struct decision *decision, uint64_t id, const struct routing_table *table,
                    const struct service *service, const struct transition *transition, int64_t at_ms,
                    int64_t since_ms);

/* Asks the stages about one more sink; input->event is the decision's. */
void decision_add(struct decision *decision, const struct decision_stages *stages,
                  const struct stage_input *input);

/* Words on disk; never change one. */
extern const char *const decision_stage_names[STAGES];

/* A growing array; a zeroed one is empty. Names of sinks are the router's. */
struct decision_rows {
    struct store_notice *rows;
    size_t count, room;
};

/*
 * Appends the decision as the store keeps it: a row for each sink, and for each earlier notice in `held`,
 * about the same service and for the same sink, that is told or dropped with it. `loop_ms` is the loop's
 * clock at event.at_ms.
 */
void decision_rows_fill(struct decision_rows *rows, const struct decision *decision,
                        const struct held_notices *held, const struct router *router, int64_t loop_ms);
void decision_rows_fini(struct decision_rows *rows);

/* One log line that says what happened. */
void decision_log(const struct event *event);

#endif
