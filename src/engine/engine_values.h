/* SPDX-License-Identifier: MIT */
/*
 * engine_values - what the agents give to an engine, and what an engine shows in the metrics, the health
 * check and the pages.
 *
 * Plain values; strings are borrowed from who fills them, and valid until the current callback returns.
 */
#ifndef PROCJON_ENGINE_ENGINE_VALUES_H
#define PROCJON_ENGINE_ENGINE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/service.h"

/* ---- registrations ---- */

/* Statuses in any order of codes; of a code given twice the last counts. Borrowed. */
struct engine_registration {
    const char *id; /* terminated by a NUL */
    size_t id_size;
    const struct service_status *statuses;
    size_t status_count;
    int32_t timeout_s;
};

/*
 * Bytes of registrations that wait for the disk, each of them in memory twice: a hundred thousand ordinary
 * ones. More are refused, and the agents try again.
 */
#define ENGINE_REGISTRATIONS_SIZE_MAX ((size_t)32 << 20)

enum engine_register_result {
    ENGINE_REGISTERED, /* it is on disk already */
    ENGINE_PENDING,    /* it is on its way to the disk; `registered` will be called */
    ENGINE_FULL,       /* too many wait for the disk */
};

/* Called once, from the loop: the registration is committed and applied, or (err) it is not, and the old one
 * stays. */
typedef void (*engine_registered_cb)(void *arg, const struct err *err);
struct engine_pending;

/* ---- views ---- */

/* Since the process began. */
struct engine_counters {
    uint64_t reports;                       /* of registered services */
    uint64_t unknown_codes;                 /* of them, with a code that is not registered */
    uint64_t transitions[TRANSITION_KINDS]; /* by enum transition_kind */
    size_t store_pending;                   /* writes that wait or are being committed */
    bool store_failing;                     /* the last write failed */
    bool sinks_healthy;                     /* each configured sink accepted its last message */
    uint64_t checkpoint_age_ms;             /* since the last one was committed */
};

/* A counter with its label. */
struct engine_count {
    const char *name;
    uint64_t value;
};

#define ENGINE_OUTCOMES_MAX 8
#define ENGINE_ANSWERS_MAX 8
/* As many as the router has numbers for. */
#define ENGINE_SINKS_MAX 64
#define ENGINE_SINK_NAME_MAX 64

struct engine_sink {
    const char *name;
    size_t waiting;                                    /* notices that are not settled */
    bool configured;                                   /* false: removed, and not closed yet */
    bool healthy;                                      /* it accepted its last message */
    const char *answer;                                /* the verdict of its last message */
    struct engine_count outcomes[ENGINE_OUTCOMES_MAX]; /* notices by outcome */
    struct engine_count answers[ENGINE_ANSWERS_MAX];   /* messages by verdict */
    size_t outcome_count, answer_count;
};

#endif
