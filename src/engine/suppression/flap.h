/* SPDX-License-Identifier: MIT */
/*
 * flap - services that change their state too often: their transitions are suppressed at the sinks whose
 * routes ask for that.
 *
 * Pure: no clock, no timer. Embedded in its owner. A service is flapping from its FLAP_CHANGES-th transition
 * within a window until it has made none for a while. The beginning and the end are events, EVENT_FLAPPING
 * and EVENT_STABLE, which the owner makes.
 *
 * Nothing of it is stored: at a restart the events of the last FLAP_STABLE_MS say which services are
 * flapping, and at which sinks. Times are milliseconds of the loop's clock, and negative for what happened
 * before it began.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_FLAP_H
#define PROCJON_ENGINE_SUPPRESSION_FLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/suppression/stage.h"

/* Three outages with their ends: two may be chance, or an administrator who restarts the service twice. */
#define FLAP_CHANGES 6
#define FLAP_WINDOW_MS 600000
/* As long as the window, so that the first transition after it does not begin flapping again. */
#define FLAP_STABLE_MS 600000

struct flap_times {
    int64_t window_ms; /* in which the transitions must fall */
    int64_t stable_ms; /* without a transition, after which the service is stable */
};

extern const struct flap_times flap_times_default;

struct flap_entry;

struct flap {
    const struct flap_times *times;
    struct flap_entry *entries; /* uthash by service, owned; a service stays from its first transition on */
    size_t flapping;            /* services that are flapping now */
};

/* `times` must outlive it. */
void flap_init(struct flap *flap, const struct flap_times *times);
void flap_fini(struct flap *flap);

/* The service makes a transition. True: it should begin to flap, and flap_begin was not called yet. */
bool flap_change(struct flap *flap, const char *service, int64_t at_ms);

/* The service is flapping, with its last transition at `at_ms`; these sinks (a bit set that is not empty) do
 * not get its transitions. */
void flap_begin(struct flap *flap, const char *service, int64_t at_ms, uint64_t sinks);

/* The sinks of flap_begin; 0: the service is not flapping. */
uint64_t flap_sinks(const struct flap *flap, const char *service);

void flap_end(struct flap *flap, const char *service);

/* Only these sinks are left. A service that was flapping at other sinks only is not flapping any more. */
void flap_keep_sinks(struct flap *flap, uint64_t sinks);

/* Ends it for each service that has been stable for long enough, right after `stable` was called for it,
 * which must not change `flap`. */
typedef void (*flap_stable_cb)(void *arg, const char *service, uint64_t sinks);
void flap_look(struct flap *flap, int64_t now_ms, flap_stable_cb stable, void *arg);

/* The stage; `state` is the struct flap. */
struct stage_verdict flap_judge(const void *state, const struct stage_input *input);

#endif
