/* SPDX-License-Identifier: MIT */
/*
 * engine - what the rest of the program knows of monitoring: services register and report, and the engine
 * notifies people through the sinks when a state changes.
 *
 *      report -> registry -- transition -> dispatcher -> store -> sinks
 *
 * A transition and the decision which sinks are notified of it are one transaction; the messages follow after
 * the commit. If the disk fails the messages are sent all the same, and the states are written again when it
 * works again.
 *
 * On the heap: made by engine_open, freed by itself right before `closed`. Loop thread only.
 */
#ifndef PROCJON_ENGINE_ENGINE_H
#define PROCJON_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "engine/engine_values.h"
#include "engine/report_stream.h"
#include "engine/service.h"
#include "engine/service_snapshot.h"

struct engine;
struct routing_table;
struct sink_config;
struct sink_list;

/* The disconnect grace of engine_options: the default, which depends on the timeout of the service. */
#define ENGINE_GRACE_DEFAULT UINT64_MAX

struct engine_options {
    const char *directory; /* of the store; used by engine_open only */
    /* Checked already (routing_table_check, sink_list_check); valid until engine_reload or `closed`. */
    const struct routing_table *table;
    const struct sink_list *sinks;
    const struct sink_config *default_sink; /* valid during the call */
    /* For engine_open only; see registry_open and retention_open. */
    uint64_t disconnect_grace_ms, restart_grace_ms;
    long history_days;
};

/*
 * Opens the store and restores the state that it holds. Blocks. On failure there is nothing to close, but the
 * loop must run until it is empty.
 */
int engine_open(struct engine **opened, uv_loop_t *loop, const struct engine_options *options,
                struct err *err);

/* Applies other sinks and routes to later events: what is decided stays decided. On failure the old ones
 * stay. */
int engine_reload(struct engine *engine, const struct engine_options *options, struct err *err);

/* From now on no service becomes unavailable: the server stops, and silence is its own doing. */
void engine_stop(struct engine *engine);

/*
 * Waits for the requests to the sinks that are in flight, at most three seconds, commits what was queued, and
 * closes the store. Call it once, when no report or registration can arrive any more; `registered` of pending
 * registrations may be called until then. `closed` is called once, from the loop, when the engine is freed.
 */
typedef void (*engine_closed_cb)(void *arg);
void engine_close(struct engine *engine, engine_closed_cb closed, void *arg);

/* ---- agents ---- */

/* Copies what it keeps. With ENGINE_PENDING *pending is valid until `registered` returns. */
enum engine_register_result engine_register(struct engine *engine,
                                            const struct engine_registration *registration,
                                            engine_registered_cb registered, void *arg,
                                            struct engine_pending **pending);

/* `registered` is not called any more. The registration is applied all the same. */
void engine_register_abandon(struct engine_pending *pending);

/* A report arrived on the stream, which owns the service from now on. False: no such service. */
bool engine_report(struct engine *engine, struct report_stream *stream, const char *id, size_t id_size,
                   int32_t code);

/* The stream ended, in an error (lost: the disconnect grace begins for its services) or without one (done:
 * only their timeouts count). The stream owns no service afterwards. */
void engine_stream_lost(struct engine *engine, struct report_stream *stream);
void engine_stream_done(struct engine *engine, struct report_stream *stream);

/* Writes that wait for the disk. With many of them agents should be slowed down. */
size_t engine_backlog(const struct engine *engine);

/* ---- views ---- */

/* NULL: not registered. Valid until the engine is closed; its strings until the current callback returns. */
const struct service *engine_find(const struct engine *engine, const char *id, size_t id_size);
void engine_snapshot(const struct engine *engine, const struct service *service,
                     struct service_snapshot *snapshot);

/* All services, in no order. */
size_t engine_count(const struct engine *engine);
typedef void (*engine_each_cb)(void *arg, const struct service *service);
void engine_each(const struct engine *engine, engine_each_cb each, void *arg);

void engine_counters(const struct engine *engine, struct engine_counters *counters);

/* Every sink that has a queue, removed ones included; the value is valid during the call. */
typedef void (*engine_each_sink_cb)(void *arg, const struct engine_sink *sink);
void engine_each_sink(const struct engine *engine, engine_each_sink_cb each, void *arg);

#endif
