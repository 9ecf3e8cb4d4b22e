/* SPDX-License-Identifier: MIT */
/*
 * engine_view - what an engine shows of itself: values for metrics, health and pages.
 */
#ifndef PROCJON_ENGINE_ENGINE_VIEW_H
#define PROCJON_ENGINE_ENGINE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/service.h"

/* Since the process began. */
struct engine_counters {
    uint64_t reports;                       /* statuses of registered services */
    uint64_t unknown_codes;                 /* of them, with a code that is not registered */
    uint64_t transitions[TRANSITION_KINDS]; /* by enum transition_kind */
    size_t store_pending;                   /* writes that wait or are being committed */
    bool store_failing;                     /* the last write failed */
    bool sinks_healthy;                     /* each configured sink took its last message */
    uint64_t checkpoint_age_ms;             /* since the last one came to the disk */
};

/* A counter and the word for it. */
struct engine_count {
    const char *name;
    uint64_t value;
};

#define ENGINE_OUTCOMES_MAX 8
#define ENGINE_ANSWERS_MAX 8
/* More sinks than there may be queues for. */
#define ENGINE_SINKS_MAX 64
#define ENGINE_SINK_NAME_MAX 64

struct engine_sink {
    const char *name;
    size_t waiting;                                    /* notices that it owes */
    bool configured;                                   /* it has not left the configuration */
    bool healthy;                                      /* it took its last message */
    const char *answer;                                /* the word for its last answer */
    struct engine_count outcomes[ENGINE_OUTCOMES_MAX]; /* notices, by what became of them */
    struct engine_count answers[ENGINE_ANSWERS_MAX];   /* messages, by the sink's answer */
    size_t outcome_count, answer_count;
};

#endif
