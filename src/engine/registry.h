/* SPDX-License-Identifier: MIT */
/*
 * registry - every service by its identifier, with its timer and the stream that reported last.
 *
 * Embedded in the engine; after registry_close the memory must stay until `closed` was called. Loop thread
 * only. A service that is registered once lives as long as the registry.
 *
 * registry_report is the hot path: one hash look-up, one comparison, one time stored; no heap, no log, no
 * disk, and no timer is started. When the timer of a service fires, it looks at the last report and starts
 * itself again for the time that is left. Times are those of engine/loop_clock.h; the reader of the
 * network calls uv_update_time first.
 */
#ifndef PROCJON_ENGINE_REGISTRY_H
#define PROCJON_ENGINE_REGISTRY_H

#include <uv.h>

#include "base/uvx.h"
#include "engine/report_stream.h"
#include "engine/service.h"
#include "engine/service_snapshot.h"

/*
 * The disconnect grace when none is configured: min(timeout, this), milliseconds. Long enough for an agent to
 * connect again after a short break of the network.
 */
#define REGISTRY_DISCONNECT_GRACE_MS 5000
/* "Use the default disconnect grace". */
#define REGISTRY_GRACE_DEFAULT UINT64_MAX

struct registry;
struct entry; /* a service in the registry: registry_entry.h */

struct registry_ops {
    /*
     * The state of a service has changed. Called from registry_report, from registry_lost without a
     * disconnect grace, or from a timer; must not change the registry, but may call registry_await. Wall
     * clock, milliseconds: `at_ms` is when it changed, `since_ms` when the state that ended had begun (0:
     * there was none).
     */
    void (*transition)(struct registry *registry, const struct service *service,
                       const struct transition *transition, int64_t at_ms, int64_t since_ms);
    /*
     * The report just stored must not wait for the next periodic checkpoint: the service reports rarely, and
     * a restart that found the older time on disk would count it as silent. Not called again until
     * registry_take_seen.
     */
    void (*checkpoint_soon)(struct registry *registry);
    /*
     * The service has reported as often as registry_await asked for. Called once, from registry_await or
     * registry_report; may call registry_await again.
     */
    void (*reached)(struct registry *registry, const struct service *service);
    /* All handles are closed and all services freed. Called once, from the loop. */
    void (*closed)(struct registry *registry);
};

struct registry {
    struct uvx_owner owner;
    uv_loop_t *loop;
    const struct registry_ops *ops;
    struct entry *table;          /* uthash by id; owned */
    uint64_t disconnect_grace_ms; /* or REGISTRY_GRACE_DEFAULT */
    uint64_t restart_grace_ms;    /* nothing is due for so long after the loop did not run */
    uv_idle_t anchor;      /* never started: keeps the owner open while there is no service with a timer */
    struct entry *dirty;   /* reported since the last checkpoint */
    bool checkpoint_asked; /* checkpoint_soon was called since the last checkpoint */
    bool stopped;          /* see registry_stop */
    /* For the metrics, since the process began. */
    uint64_t reports;
    uint64_t unknown_codes; /* reports of a code that is not registered */
    uint64_t transitions[TRANSITION_KINDS];
};

/* `ops` must outlive the registry. Milliseconds. */
void registry_open(struct registry *registry, uv_loop_t *loop, uint64_t disconnect_grace_ms,
                   uint64_t restart_grace_ms, const struct registry_ops *ops);

/* Idempotent. Before `closed` every stream that is left is made to own no service. */
void registry_close(struct registry *registry);

size_t registry_count(const struct registry *registry);

/* NULL if it was never registered. */
struct service *registry_find(const struct registry *registry, const char *id, size_t id_size);

/* Adds a service, or gives a known one new texts and a new timeout; its state stays. */
struct service *registry_register(struct registry *registry, const char *id, size_t id_size,
                                  const struct service_status *statuses, size_t count, uint64_t timeout_ms);

/* Counts the registrations of the service that are on their way to the disk (`by` is 1 or -1). While there
 * are some, the registration in memory is outdated. */
void registry_pending(struct service *service, int by);
bool registry_is_pending(const struct service *service);

/* A report arrived; the stream owns the service from now on. False: no such service. */
bool registry_report(struct registry *registry, struct report_stream *stream, const char *id, size_t id_size,
                     int32_t code);

/* How often the service has reported since the process began, the current report included. */
uint64_t registry_reports(const struct service *service);

/* Calls `reached` once, when the service has reported so often: at once if it has. Of several numbers that
 * are asked for the lowest counts. */
void registry_await(struct registry *registry, struct service *service, uint64_t reports);

/* The stream ended in an error: the disconnect grace begins for the services that it owns. The stream owns
 * none afterwards. For a stream that ended without an error see report_stream_done. */
void registry_lost(struct registry *registry, struct report_stream *stream);

/* The loop did not run (stopped, suspended): every deadline is extended. `stalled_ms` is by how much uv_now
 * jumped; 0: that clock stood still too. */
void registry_extend(struct registry *registry, uint64_t stalled_ms);

/* From now on no service becomes unavailable: the server stops, and silence is its own doing. */
void registry_stop(struct registry *registry);

/* The next registry_take_seen takes all services: the times on disk are wrong. */
void registry_mark_all(struct registry *registry);

/* Calls `each` for every service, in no order. */
typedef void (*registry_each_cb)(void *arg, const struct service *service);
void registry_each(const struct registry *registry, registry_each_cb each, void *arg);

/* The state as it is to be stored or shown now. */
void registry_snapshot(const struct registry *registry, const struct service *service,
                       struct service_snapshot *snapshot);

/* The last checkpoint: its time (wall clock; 0: none), and the restart grace of the server that made it. */
struct last_checkpoint {
    int64_t last_alive_ms;
    uint64_t grace_ms;
};

/*
 * At the restore, for each stored service, after registry_register. The time since the last checkpoint, or
 * since the last report if that is shorter, does not count as silence, because the server did not run: the
 * deadline becomes max(old deadline + that time, now + restart grace).
 */
void registry_restore(struct registry *registry, struct service *service,
                      const struct service_snapshot *snapshot, const struct last_checkpoint *last);

/*
 * For the checkpoint: calls `seen` for each service that has reported since the last call, or whose deadline
 * was extended, if the time matters across a restart (the timeout is longer than the restart grace).
 */
typedef void (*registry_seen_cb)(void *arg, const struct service *service, int64_t seen_ms);
void registry_take_seen(struct registry *registry, registry_seen_cb seen, void *arg);

#endif
