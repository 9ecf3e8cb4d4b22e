/* SPDX-License-Identifier: MIT */
/*
 * flap - services that change all the time: their changes are suppressed at the sinks that want it so.
 *
 * Pure: no clock, no timer. Embedded in its owner, which calls flap_init; a service is known from its first
 * change on. It flaps when it has changed FLAP_CHANGES times within a window, until it has not changed for a
 * while. The beginning and the end are events of their own, made by the owner.
 *
 * Nothing of it is stored: the suppressed notices of the last FLAP_STABLE_MS say which services flap, and at
 * which sinks. Times are milliseconds of the loop's clock; they may be negative, before it began.
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_FLAP_H
#define PROCJON_ENGINE_SUPPRESSION_FLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/suppression/stage.h"

/* Three outages with their ends: two may be chance, or somebody who restarts it twice. */
#define FLAP_CHANGES 6
#define FLAP_WINDOW_MS 600000
/* As long as the window: what has stopped flapping is told change by change again, and must not flap at once.
 */
#define FLAP_STABLE_MS 600000

struct flap_times {
    int64_t window_ms; /* in which the changes fall */
    int64_t stable_ms; /* without a change, after which it flaps no more */
};

extern const struct flap_times flap_times_default;

struct flap_entry;

struct flap {
    const struct flap_times *times;
    struct flap_entry *entries;
    size_t flapping; /* of them */
};

/* `times` must outlive it. */
void flap_init(struct flap *flap, const struct flap_times *times);
void flap_fini(struct flap *flap);

/* The service changed. True: often enough to begin to flap, and it does not yet. */
bool flap_change(struct flap *flap, const char *service, int64_t at_ms);

/* It flaps from now on, last changed at `at_ms`, and these sinks (a bit set) do not hear its changes. */
void flap_begin(struct flap *flap, const char *service, int64_t at_ms, uint64_t sinks);

/* The sinks of flap_begin; 0: it does not flap. */
uint64_t flap_sinks(const struct flap *flap, const char *service);

void flap_end(struct flap *flap, const char *service);

/* Ends it for each service that has been stable for long enough, right after `stable` was called. */
typedef void (*flap_stable_cb)(void *arg, const char *service, uint64_t sinks);
void flap_look(struct flap *flap, int64_t now_ms, flap_stable_cb stable, void *arg);

/* The stage: `state` is the struct flap. */
struct stage_verdict flap_judge(const void *state, const struct stage_input *input);

#endif
