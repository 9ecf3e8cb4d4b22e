/* SPDX-License-Identifier: MIT */
/*
 * engine - what the rest of the program knows of monitoring: services register and report, and whoever has to
 * know is told.
 *
 *      report ─▶ registry ─transition─▶ dispatcher ─▶ store ─▶ sinks
 *
 * Persist, then speak: a transition and the decision who hears of it are one transaction, and the messages
 * follow after the commit. A disk that fails keeps nobody from being told: the messages go out all the same,
 * and the states are written again when the disk is back.
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
    const char *directory; /* of the store */
    /* The three must outlive the engine, or the next engine_reload; checked already. */
    const struct routing_table *table;
    const struct sink_list *sinks;
    const struct sink_config *default_sink; /* only during the call */
    uint64_t disconnect_grace_ms, restart_grace_ms;
    long history_days; /* 0: events are kept for ever */
};

/*
 * Opens the store, restores what it holds, and goes on watching from there. Blocks. On failure there is
 * nothing to close, but the loop must run until it is empty.
 */
int engine_open(struct engine **engine, uv_loop_t *loop, const struct engine_options *options,
                struct err *err);

/* Other sinks and routes, from now on; what is owed stays owed. On error the old ones stay. */
int engine_reload(struct engine *engine, const struct engine_options *options, struct err *err);

/* The server stops: from now on silence is its own doing, and no service becomes unavailable. */
void engine_stop(struct engine *engine);

/* Lets requests to the sinks end, commits, closes. Once. */
typedef void (*engine_closed_cb)(void *arg);
void engine_close(struct engine *engine, engine_closed_cb closed, void *arg);

/* ---- agents ---- */

/* Copies what it keeps. ENGINE_PENDING: *pending is valid until `registered` is called. */
enum engine_register_result engine_register(struct engine *engine,
                                            const struct engine_registration *registration,
                                            engine_registered_cb registered, void *arg,
                                            struct engine_pending **pending);

/* The caller is not interested any more: `registered` is not called. The registration counts all the same. */
void engine_register_abandon(struct engine_pending *pending);

/* A status code arrived on the stream, which owns the service from now on. False: no such service. The hot
 * path. */
bool engine_report(struct engine *engine, struct report_stream *stream, const char *id, size_t id_size,
                   int32_t code);

/* The stream ended in an error: its services are given the disconnect grace. After an ordinary end only the
 * timeouts count. Both leave the stream without services. */
void engine_stream_lost(struct engine *engine, struct report_stream *stream);
void engine_stream_done(struct engine *engine, struct report_stream *stream);

/* Writes that wait for the disk: who adds to many should be slowed down. */
size_t engine_backlog(const struct engine *engine);

/* ---- views ---- */

/* NULL: not registered. Valid until the loop turns. */
const struct service *engine_find(const struct engine *engine, const char *id, size_t id_size);
void engine_snapshot(const struct engine *engine, const struct service *service,
                     struct service_snapshot *snapshot);

size_t engine_count(const struct engine *engine);
typedef void (*engine_each_cb)(void *arg, const struct service *service);
void engine_each(const struct engine *engine, engine_each_cb each, void *arg);

void engine_counters(const struct engine *engine, struct engine_counters *counters);

/* Every sink that has a queue; the value is valid during the call. */
typedef void (*engine_each_sink_cb)(void *arg, const struct engine_sink *sink);
void engine_each_sink(const struct engine *engine, engine_each_sink_cb each, void *arg);

#endif
