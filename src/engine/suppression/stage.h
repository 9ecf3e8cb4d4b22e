/* SPDX-License-Identifier: MIT */
/*
 * stage - the signature of a stage of suppression: a function that judges one event for one sink.
 *
 * A stage lets the event pass, suppresses it, or holds it. It is pure: its verdict depends on the event, the
 * route that leads to the sink, the state of the stage, and the time, and it changes none of them. The stages
 * are asked in the order of enum stage (engine/decision.h). The first that suppresses the event decides; an
 * event that several stages hold waits for all of them.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_STAGE_H
#define PROCJON_ENGINE_SUPPRESSION_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "engine/routing/table.h"

enum stage { STAGE_FLAPPING, STAGE_MASS_OUTAGE, STAGE_NOTIFY_AFTER, STAGES };

enum stage_ruling { STAGE_PASS, STAGE_SUPPRESS, STAGE_HOLD };

/* No time, or no number of reports, ends the hold. */
#define STAGE_NO_TIME INT64_MAX
#define STAGE_NO_REPORTS UINT64_MAX

struct stage_input {
    const struct event *event;
    /* The route that leads to the sink. NULL: none; the sink is the default one, or was chosen without
     * routes. */
    const struct route *route;
    unsigned sink;
    uint64_t reports;    /* of the service since the process began, the one that made the event included */
    int64_t happened_ms; /* the event, by the loop's clock; negative if that began later */
};

struct stage_verdict {
    enum stage_ruling ruling;
    const char *outcome; /* SUPPRESS: the outcome that is stored, a string literal */
    /* HOLD: until the first of the two. */
    int64_t until_ms;
    uint64_t reports;
    /* The outcome of what NOTIFY_AFTER holds of the service for this sink, which is suppressed with this
     * verdict. NULL: it is not suppressed. */
    const char *held_outcome;
};

typedef struct stage_verdict (*stage_judge_cb)(const void *state, const struct stage_input *input);

#endif
