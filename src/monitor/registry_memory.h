/* SPDX-License-Identifier: MIT */
/*
 * registry_memory - what of a service outlives the process, on its way to the disk and back.
 *
 * A plain value. Loop thread only.
 */
#ifndef PROCJON_MONITOR_REGISTRY_MEMORY_H
#define PROCJON_MONITOR_REGISTRY_MEMORY_H

#include "monitor/registry.h"

/* Times are milliseconds of the wall clock. */
struct registry_memory {
    enum service_presence presence;
    bool has_code;
    int32_t code;
    int64_t since_ms;      /* presence */
    int64_t code_since_ms; /* code */
    /*
     * Last report, later by the absences of the server since then; 0: never. SERVICE_UNKNOWN: 0, or the
     * registration, later by absences.
     */
    int64_t seen_ms;
    int64_t registered_ms;
};

/* The last alive stamp: its time (0: none), and the restart-grace of the server that made it. */
struct registry_stamp {
    int64_t alive_ms;
    uint64_t grace_ms;
};

/*
 * At boot, for each service that was stored, after registry_register.
 *
 * The time between the stamp and now, or that since the last report if this is shorter, is the server's own
 * absence and nobody's silence: a deadline becomes max(old deadline + absence, now + restart-grace).
 */
void registry_memory_restore(struct registry *registry, struct service *service,
                             const struct registry_memory *memory, const struct registry_stamp *stamp);

/* The state as it is to be stored now. */
void registry_memory_of(const struct registry *registry, const struct service *service,
                        struct registry_memory *memory);

/*
 * For the alive stamp: calls `seen` for each service that reported since the last call (or was excused: its
 * seen_ms moved) and whose report matters across a restart (its timeout is longer than restart-grace), and
 * forgets them. The stamp that stores them must be the one that says how long the server has been alive.
 */
typedef void (*registry_memory_seen_cb)(void *arg, const struct service *service, int64_t seen_ms);
void registry_memory_take_seen(struct registry *registry, registry_memory_seen_cb seen, void *arg);

#endif
