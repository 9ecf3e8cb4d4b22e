/* SPDX-License-Identifier: MIT */
/*
 * registry - every service by its identifier, each with its own timer, and who speaks for it.
 *
 * Embedded in the engine; after registry_close the memory must stay until `closed` was called. Loop thread
 * only. A service, once registered, lives as long as the registry.
 *
 * registry_report is the hot path: one hash lookup, one comparison, one time noted; no heap, no log, no disk,
 * and no timer is touched. A service's timer, when it fires, looks at the last report and arms itself for the
 * rest. Time is that of monitor/clock.h, which makes no deadline early; whoever reads from the network
 * updates it first (uv_update_time).
 */
#ifndef PROCJON_ENGINE_REGISTRY_H
#define PROCJON_ENGINE_REGISTRY_H

#include <uv.h>

#include "base/uvx.h"
#include "engine/service.h"
#include "engine/report_stream.h"

/* disconnect-grace when none is configured: min(timeout, this), milliseconds. */
#define REGISTRY_LOST_GRACE_MS 5000
/* "Use the default grace". */
#define REGISTRY_GRACE_DEFAULT UINT64_MAX

struct registry;
struct entry; /* a service in the registry: struct service first, then its timer and its stream */

struct registry_ops {
    /*
     * Something changed that people are told about. Called from registry_report, registry_lost with no grace,
     * or a timer; may not change the registry (service_snapshot_take gives the state to be stored with it).
     * Wall-clock milliseconds: `at_ms` when it became true, `since_ms` when the state that it ended began (0:
     * none).
     */
    void (*transition)(struct registry *registry, const struct service *service,
                       const struct transition *transition, int64_t at_ms, int64_t since_ms);
    /*
     * The report just noted must not wait for the next stamp: the service reports rarely, and with the basis
     * that is on disk a restart would call it silent. Not again until service_snapshot_take_seen.
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
    uint64_t restart_grace_ms; /* restart-grace: after an absence nothing is due for this long */
    uv_idle_t anchor; /* never started: with no service there is still a handle whose closing ends the rest */
    struct entry *dirty;   /* reported since the last stamp */
    bool checkpoint_asked; /* checkpoint_soon was called since then */
    bool stopped;          /* silence means nothing any more */
    /* For the metrics. */
    uint64_t reports;
    uint64_t unknown_codes; /* reports of a code that is not among the registered ones */
    uint64_t transitions[TRANSITION_KINDS];
};

void registry_open(struct registry *registry, uv_loop_t *loop, uint64_t grace_ms, uint64_t restart_grace_ms,
                   const struct registry_ops *ops);

/* Idempotent. `closed` is called once, from the loop; speakers that are left by then are empty. */
void registry_close(struct registry *registry);

size_t registry_count(const struct registry *registry);

/* NULL if it was never registered. */
struct service *registry_find(const struct registry *registry, const char *id, size_t id_size);

/* A new service, or new texts and timeout for one that exists: its state stays, its deadline is recomputed.
 */
struct service *registry_register(struct registry *registry, const char *id, size_t id_size,
                                  const struct service_status *statuses, size_t count, uint64_t timeout_ms);

/*
 * Registrations of this service that are on their way to the disk: while there are some, what is in memory is
 * not the last word. `by` is +1 or -1.
 */
void registry_pending(struct service *service, int by);
bool registry_is_pending(const struct service *service);

/* False: no such service. The stream owns the service from now on. */
bool registry_report(struct registry *registry, struct report_stream *stream, const char *id, size_t id_size,
                     int32_t code);

/* How often the service has reported since the process began, the report that is being told of included. */
uint64_t registry_reports(const struct service *service);

/*
 * Calls `reached` once, when it has reported so often: at once if it has. Of several numbers only the nearest
 * is kept.
 */
void registry_await(struct registry *registry, struct service *service, uint64_t reports);

/*
 * The stream ended in an error: the grace starts for all that it spoke last for. Leaves the stream empty.
 * After one that ended well only the timeouts count: that is report_stream_done.
 */
void registry_lost(struct registry *registry, struct report_stream *stream);

/*
 * The loop stood still (stopped, suspended): the same rule for every running deadline. `stalled_ms` is by how
 * much uv_now jumped: 0 if its clock stood still as well.
 */
void registry_extend(struct registry *registry, uint64_t stalled_ms);

/*
 * The server is going: from now on silence and lost streams are its own doing, and no service becomes
 * unavailable. After the restart each has all the grace there is.
 */
void registry_stop(struct registry *registry);

/* The next stamp is to take them all: what is on the disk of them does not hold any more. */
void registry_mark_all(struct registry *registry);

/* Every service, in no order. */
typedef void (*registry_each_cb)(void *arg, const struct service *service);
void registry_each(const struct registry *registry, registry_each_cb each, void *arg);

#endif
