/* SPDX-License-Identifier: MIT */
/*
 * engine_values - what an engine is given by agents, and what it shows of itself for metrics, health and
 * pages. Values: strings belong to who fills them, and are valid during the call.
 */
#ifndef PROCJON_ENGINE_ENGINE_VALUES_H
#define PROCJON_ENGINE_ENGINE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/service.h"

/* ---- registrations ---- */

/* A registration: texts in any order of codes; of a code given twice the last counts. */
struct engine_registration {
    const char *id; /* with a NUL behind it */
    size_t id_size;
    const struct service_status *statuses;
    size_t status_count;
    int32_t timeout_s;
};

/*
 * Bytes of registrations that wait for the disk, each twice in memory: a hundred thousand ordinary ones. More
 * are refused, to be tried again.
 */
#define ENGINE_REGISTRATIONS_SIZE_MAX ((size_t)32 << 20)

enum engine_register_result {
    ENGINE_REGISTERED, /* the disk has it already */
    ENGINE_PENDING,    /* it is on its way to the disk; `registered` will be called */
    ENGINE_FULL,       /* too much waits for the disk: to be tried again */
};

/* The registration is on disk and in effect, or (err) it is not, and the old one stands. */
typedef void (*engine_registered_cb)(void *arg, const struct err *err);
struct engine_pending;

/* ---- views ---- */

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
