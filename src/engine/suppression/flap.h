/* SPDX-License-Identifier: MIT */
/*
 * flap - which services change all the time.
 *
 * Pure: no clock, no timer, no words. Embedded in its owner, who calls flap_init; a service is known from its
 * first change on. One flaps when it changed FLAP_CHANGES times within a window, until it did not change for
 * a while. Whether that is said to anybody, and to whom, is the owner's business: `sinks` is kept for it.
 *
 * Times are milliseconds on one axis of the caller's; they may be negative (before the axis began).
 */
#ifndef PROCJON_ENGINE_SUPPRESSION_FLAP_H
#define PROCJON_ENGINE_SUPPRESSION_FLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Three outages with their ends: two may be chance, or somebody who restarts it twice. */
#define FLAP_CHANGES 6
#define FLAP_WINDOW_MS 600000
/* As long as the window: what flaps no more is told of change by change again, and must not flap at once. */
#define FLAP_STABLE_MS 600000

struct flap_times {
    int64_t window_ms; /* in which the changes fall */
    int64_t stable_ms; /* without a change, after which it flaps no more */
};

extern const struct flap_times flap_times_usual;

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

/* From now on it flaps, last changed at `at_ms`, for these sinks; again: for other ones. */
void flap_begin(struct flap *flap, const char *service, int64_t at_ms, const char *sinks);

/* Those of flap_begin; NULL: it does not flap. Valid until the next call for this service. */
const char *flap_sinks(const struct flap *flap, const char *service);

void flap_end(struct flap *flap, const char *service);

/* Ends it for each that has been stable for long enough, right after `calm` was called. */
typedef void (*flap_calm_cb)(void *arg, const char *service, const char *sinks);
void flap_look(struct flap *flap, int64_t now_ms, flap_calm_cb calm, void *arg);

#endif
