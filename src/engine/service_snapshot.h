/* SPDX-License-Identifier: MIT */
/*
 * service_snapshot - what of a service outlives the process, on its way to the disk and back.
 *
 * A plain value. Loop thread only.
 */
#ifndef PROCJON_ENGINE_SERVICE_SNAPSHOT_H
#define PROCJON_ENGINE_SERVICE_SNAPSHOT_H

#include "engine/registry.h"

/* Times are milliseconds of the wall clock. */
struct service_snapshot {
    enum service_availability availability;
    bool has_code;
    int32_t code;
    int64_t since_ms;      /* availability */
    int64_t code_since_ms; /* code */
    /*
     * Last report, later by the absences of the server since then; 0: never. SERVICE_UNKNOWN: 0, or the
     * registration, later by absences.
     */
    int64_t seen_ms;
    int64_t registered_ms;
};

/* The last alive stamp: its time (0: none), and the restart-grace of the server that made it. */
struct last_checkpoint {
    int64_t last_alive_ms;
    uint64_t grace_ms;
};

/*
 * At boot, for each service that was stored, after registry_register.
 *
 * The time between the stamp and now, or that since the last report if this is shorter, is the server's own
 * absence and nobody's silence: a deadline becomes max(old deadline + absence, now + restart-grace).
 */
void service_snapshot_restore(struct registry *registry, struct service *service,
                              const struct service_snapshot *memory, const struct last_checkpoint *stamp);

/* The state as it is to be stored now. */
void service_snapshot_take(const struct registry *registry, const struct service *service,
                           struct service_snapshot *memory);

/*
 * For the alive stamp: calls `seen` for each service that reported since the last call (or was excused: its
 * seen_ms moved) and whose report matters across a restart (its timeout is longer than restart-grace), and
 * forgets them. The stamp that stores them must be the one that says how long the server has been alive.
 */
typedef void (*service_snapshot_seen_cb)(void *arg, const struct service *service, int64_t seen_ms);
void service_snapshot_take_seen(struct registry *registry, service_snapshot_seen_cb seen, void *arg);

#endif
