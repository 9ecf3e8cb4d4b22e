/* SPDX-License-Identifier: MIT */
/*
 * registry - every service by its identifier, each with its own timer, and the stream that reported last.
 *
 * Embedded in the engine; after registry_close the memory must stay until `closed` was called. Loop thread
 * only. A service, once registered, lives as long as the registry.
 *
 * registry_report is the hot path: one hash lookup, one comparison, one time stored; no heap, no log, no
 * disk, and no timer is touched. A service's timer, when it fires, looks at the last report and arms itself
 * for the rest. Time is that of engine/loop_clock.h, by which no deadline is early; the reader of the network
 * updates it first (uv_update_time).
 */
#ifndef PROCJON_ENGINE_REGISTRY_H
#define PROCJON_ENGINE_REGISTRY_H

#include <uv.h>

#include "base/uvx.h"
#include "engine/report_stream.h"
#include "engine/service.h"
#include "engine/service_snapshot.h"

/* disconnect-grace when none is configured: min(timeout, this), milliseconds. */
#define REGISTRY_DISCONNECT_GRACE_MS 5000
/* "Use the default grace". */
#define REGISTRY_GRACE_DEFAULT UINT64_MAX

struct registry;
struct entry; /* a service in the registry: registry_entry.h */

struct registry_ops {
    /*
     * Something changed that people are told about. Called from registry_report, registry_lost with no grace,
     * or a timer; may not change the registry. Wall clock, milliseconds: `at_ms` when it became true,
     * `since_ms` when the state that it ended began (0: none).
     */
    void (*transition)(struct registry *registry, const struct service *service,
                       const struct transition *transition, int64_t at_ms, int64_t since_ms);
    /*
     * The report just stored must not wait for the next checkpoint: the service reports rarely, and with the
     * time that is on disk a restart would call it silent. Not called again until registry_take_seen.
     */
    void (*checkpoint_soon)(struct registry *registry);
    /* The service has reported as often as registry_await asked for; from there, or from registry_report. */
    void (*reached)(struct registry *registry, const struct service *service);
    void (*closed)(struct registry *registry);
};

struct registry {
    struct uvx_owner owner;
    uv_loop_t *loop;
    const struct registry_ops *ops;
    struct entry *table;       /* uthash by id */
    uint64_t grace_ms;         /* disconnect-grace, or REGISTRY_GRACE_DEFAULT */
    uint64_t restart_grace_ms; /* after the loop did not run, nothing is due for this long */
    uv_idle_t anchor; /* never started: with no service there is still a handle whose closing ends the rest */
    struct entry *dirty;   /* reported since the last checkpoint */
    bool checkpoint_asked; /* checkpoint_soon was called since then */
    bool stopped;          /* no service becomes unavailable any more */
    /* For the metrics. */
    uint64_t reports;
    uint64_t unknown_codes; /* reports of a code that is not registered */
    uint64_t transitions[TRANSITION_KINDS];
};

void registry_open(struct registry *registry, uv_loop_t *loop, uint64_t grace_ms, uint64_t restart_grace_ms,
                   const struct registry_ops *ops);

/* Idempotent. `closed` is called once, from the loop; streams that are left by then own no service. */
void registry_close(struct registry *registry);

size_t registry_count(const struct registry *registry);

/* NULL if it was never registered. */
struct service *registry_find(const struct registry *registry, const char *id, size_t id_size);

/* A new service, or new texts and timeout for a known one: its state stays, its deadline is recomputed. */
struct service *registry_register(struct registry *registry, const char *id, size_t id_size,
                                  const struct service_status *statuses, size_t count, uint64_t timeout_ms);

/* Registrations of this service that are on their way to the disk: with some, what is in memory is outdated.
 */
void registry_pending(struct service *service, int by);
bool registry_is_pending(const struct service *service);

/* False: no such service. The stream owns the service from now on. */
bool registry_report(struct registry *registry, struct report_stream *stream, const char *id, size_t id_size,
                     int32_t code);

/* How often the service has reported since the process began, the current report included. */
uint64_t registry_reports(const struct service *service);

/* Calls `reached` once, when it has reported so often: at once if it has. Of several numbers the nearest
 * counts. */
void registry_await(struct registry *registry, struct service *service, uint64_t reports);

/* The stream ended in an error: the grace begins for the services that it owns. Leaves the stream empty.
 * After one that ended well only the timeouts count: that is report_stream_done. */
void registry_lost(struct registry *registry, struct report_stream *stream);

/* The loop did not run (stopped, suspended): the same rule for every running deadline. `stalled_ms` is by how
 * much uv_now jumped; 0: its clock stood still too. */
void registry_extend(struct registry *registry, uint64_t stalled_ms);

/* The server stops: silence and lost streams are its own doing, and no service becomes unavailable. */
void registry_stop(struct registry *registry);

/* The next checkpoint takes all services: what is on disk of them does not hold any more. */
void registry_mark_all(struct registry *registry);

/* Every service, in no order. */
typedef void (*registry_each_cb)(void *arg, const struct service *service);
void registry_each(const struct registry *registry, registry_each_cb each, void *arg);

/* The state as it is to be stored, or shown, now. */
void registry_snapshot(const struct registry *registry, const struct service *service,
                       struct service_snapshot *snapshot);

/* The last checkpoint: its time (0: none), and the restart-grace of the server that made it. */
struct last_checkpoint {
    int64_t last_alive_ms;
    uint64_t grace_ms;
};

/*
 * At the restore, for each service that was stored, after registry_register. The time between the checkpoint
 * and now, or since the last report if that is shorter, is the server's own absence: a deadline becomes
 * max(old deadline + absence, now + restart-grace).
 */
void registry_restore(struct registry *registry, struct service *service,
                      const struct service_snapshot *snapshot, const struct last_checkpoint *last);

/*
 * For the checkpoint: calls `seen` for each service that reported since the last call (or whose seen_ms was
 * extended) and whose report matters across a restart (its timeout is longer than restart-grace), and forgets
 * them.
 */
typedef void (*registry_seen_cb)(void *arg, const struct service *service, int64_t seen_ms);
void registry_take_seen(struct registry *registry, registry_seen_cb seen, void *arg);

#endif
