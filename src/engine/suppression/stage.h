/* SPDX-License-Identifier: MIT */
/*
 * stage - what every stage of suppression is: one question with one signature.
 *
 * A stage judges whether one sink hears of one event: it lets it pass, suppresses it, or holds it until
 * later. It is pure: a function of the event, the route that leads to the sink, the stage's own state, and
 * the time. Stages are asked in the order of enum stage; one that suppresses ends it, and of those that hold
 * all have to let go.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_STAGE_H
#define PROCJON_ENGINE_SUPPRESSION_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/event.h"
#include "engine/routing/table.h"

enum stage { STAGE_FLAPPING, STAGE_MASS_OUTAGE, STAGE_NOTIFY_AFTER, STAGES };

enum stage_ruling { STAGE_PASS, STAGE_SUPPRESS, STAGE_HOLD };

/* No time, or no number of reports, ends it. */
#define STAGE_NO_TIME INT64_MAX
#define STAGE_NO_REPORTS UINT64_MAX

/* What is judged. Times of the loop's clock, milliseconds; `happened_ms` may be negative, before the clock
 * began. */
struct stage_input {
    const struct event *event;
    const struct route *route; /* NULL: none matched, the sink is the default one */
    unsigned sink;
    uint64_t reports;    /* of the service since the process began, the one that made the event included */
    int64_t happened_ms; /* the event */
};

struct stage_verdict {
    enum stage_ruling ruling;
    const char *outcome; /* SUPPRESS: a word for the history */
    /* HOLD: until the first of the two. */
    int64_t until_ms;
    uint64_t reports;
    /* What is held back of the service for this sink is not told either, for the same reason. NULL: it is. */
    const char *held_outcome;
};

typedef struct stage_verdict (*stage_judge_cb)(const void *state, const struct stage_input *input);

#endif
