/* SPDX-License-Identifier: MIT */
/*
 * decision - who hears of an event: made once, when it happens.
 *
 * A plain value. Each sink that the routing table leads to is in one of three sets: told, held, or
 * suppressed; for the latter two it has the stage that said so. It is stored with the event in the
 * transaction of the transition, and a restart reads it instead of deciding again.
 */
#ifndef PROCJON_ENGINE_DECISION_H
#define PROCJON_ENGINE_DECISION_H

#include <stdint.h>

#include "engine/held_notices.h"
#include "engine/suppression/flap.h"
#include "engine/suppression/mass_outage.h"
#include "engine/suppression/stage.h"
#include "notify/router.h"

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

struct decision {
    uint64_t told, held, suppressed; /* disjoint sets of sinks */
    struct decision_reason reasons[ROUTER_SINKS_MAX];
};

/* Asks the stages about one more sink. */
void decision_add(struct decision *decision, const struct decision_stages *stages,
                  const struct stage_input *input);

/* Words on disk; never change one. */
extern const char *const decision_stage_names[STAGES];

#endif
