/* SPDX-License-Identifier: MIT */
#include "engine/engine.h"

#include <assert.h>
#include <stdlib.h>

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/mem.h"
#include "engine/announcements.h"
#include "engine/engine_parts.h"
#include "engine/restore.h"

/* How long a request to a sink may go on when the server stops; DAEMON_STOP_MS is longer. */
#define SEND_STOP_MS 3000

/* ---- what the parts tell each other ---- */

static void on_transition(struct registry *registry, const struct service *service,
                          const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    dispatcher_transition(&container_of(registry, struct engine, registry)->dispatcher, service, transition,
                          at_ms, since_ms);
}

static void on_reached(struct registry *registry, const struct service *service)
{
    dispatcher_reached(&container_of(registry, struct engine, registry)->dispatcher, service->id,
                       registry_reports(service));
}

static void on_checkpoint_soon(struct registry *registry)
{
    checkpoint_soon(&container_of(registry, struct engine, registry)->checkpoint);
}

static void on_unsaved(struct dispatcher *dispatcher)
{
    checkpoint_lost(&container_of(dispatcher, struct engine, dispatcher)->checkpoint);
}

static void on_settled(struct router *router, unsigned sink, const uint64_t *ids, size_t count,
                       const char *outcome)
{
    dispatcher_settled(&container_of(router, struct engine, router)->dispatcher, sink, ids, count, outcome);
}

static void on_remark(struct router *router, unsigned fallback, const struct event *event)
{
    dispatcher_announce(&container_of(router, struct engine, router)->dispatcher, event,
                        UINT64_C(1) << fallback);
}

/*
 * The reminders are queued before the checkpoint with the time until which they were made: a crash between
 * the two commits may repeat a reminder, and omits none.
 */
static void on_checkpoint_due(struct checkpoint *checkpoint, int64_t now_ms)
{
    struct engine *engine = container_of(checkpoint, struct engine, checkpoint);

    if (engine->reminded_ms != 0)
        announcements_remind(&engine->dispatcher, engine->reminded_ms, now_ms);
    engine->reminded_ms = now_ms;
    announcements_stable(&engine->dispatcher);
}

static void on_stalled(struct stall_detector *stall_detector, uint64_t stalled_ms)
{
    struct engine *engine = container_of(stall_detector, struct engine, stall_detector);

    log_warning("the server did not run, deadlines are extended ms=%llu", (unsigned long long)stalled_ms);
    registry_extend(&engine->registry, stalled_ms);
}

/* ---- open and close ---- */

static void on_gone(struct uvx_owner *owner)
{
    struct engine *engine = container_of(owner, struct engine, owner);
    engine_closed_cb closed = engine->closed;
    void *arg = engine->arg;

    assert(engine->registrations.count == 0 && engine->dispatcher.queued == engine->dispatcher.answered);
    free(engine);
    if (closed != NULL)
        closed(arg);
}

static void on_store_closed(struct store *store)
{
    struct engine *engine = container_of(store, struct engine, store);

    /* The last, because the answers of the store refer to services. */
    registry_close(&engine->registry);
    uvx_drop(&engine->owner);
}

static void on_registry_closed(struct registry *registry)
{
    uvx_drop(&container_of(registry, struct engine, registry)->owner);
}

static void on_stall_detector_closed(struct stall_detector *stall_detector)
{
    uvx_drop(&container_of(stall_detector, struct engine, stall_detector)->owner);
}

static void on_dispatcher_closed(struct dispatcher *dispatcher)
{
    uvx_drop(&container_of(dispatcher, struct engine, dispatcher)->owner);
}

static void on_checkpoint_closed(struct checkpoint *checkpoint)
{
    uvx_drop(&container_of(checkpoint, struct engine, checkpoint)->owner);
}

static void on_retention_closed(struct retention *retention)
{
    uvx_drop(&container_of(retention, struct engine, retention)->owner);
}

/* The store is closed after the router, because the sinks settle notices until then. */
static void on_router_closed(struct router *router)
{
    struct engine *engine = container_of(router, struct engine, router);

    store_close(&engine->store, on_store_closed);
    uvx_drop(&engine->owner);
}

static const struct registry_ops registry_ops = {
    .transition = on_transition,
    .checkpoint_soon = on_checkpoint_soon,
    .reached = on_reached,
    .closed = on_registry_closed,
};
static const struct router_ops router_ops = {
    .settled = on_settled, .remark = on_remark, .closed = on_router_closed};
static const struct dispatcher_ops dispatcher_ops = {
    .transition = announcements_transition, .unsaved = on_unsaved, .closed = on_dispatcher_closed};
static const struct stall_detector_ops stall_detector_ops = {.stalled = on_stalled,
                                                             .closed = on_stall_detector_closed};
static const struct checkpoint_ops checkpoint_ops = {.due = on_checkpoint_due,
                                                     .closed = on_checkpoint_closed};

static void open_parts(struct engine *engine, uv_loop_t *loop, const struct engine_options *options)
{
    static_assert(ENGINE_GRACE_DEFAULT == REGISTRY_GRACE_DEFAULT, "passed on as it is");
    const int parts = 7; /* registry, store, router, dispatcher, checkpoint, retention, stall_detector */

    registry_open(&engine->registry, loop, options->disconnect_grace_ms, options->restart_grace_ms,
                  &registry_ops);
    registrations_init(&engine->registrations, &engine->registry, &engine->store);
    dispatcher_open(&engine->dispatcher, loop, &engine->store, &engine->router, &engine->registry,
                    options->table, &dispatcher_ops);
    retention_open(&engine->retention, loop, &engine->store, options->history_days);
    stall_detector_open(&engine->stall_detector, loop, &stall_detector_ops);
    checkpoint_open(&engine->checkpoint, loop, &engine->registry, &engine->store, &checkpoint_ops);
    for (int part = 0; part < parts; part++)
        uvx_hold(&engine->owner);
}

static int restore(struct engine *engine, struct err *err)
{
    struct restore found = {.registry = &engine->registry, .dispatcher = &engine->dispatcher};

    router_gather(&engine->router);
    if (restore_load(&found, &engine->store, err) != 0)
        return err->code;
    engine->dispatcher.last_event = found.last_event;
    engine->reminded_ms = found.last.last_alive_ms;
    outage_question_restore(&engine->dispatcher, found.available);
    log_info("restored services=%zu owed=%zu", registry_count(&engine->registry),
             router_waiting(&engine->router) + engine->dispatcher.stages.held.count);
    return 0;
}

int engine_open(struct engine **opened, uv_loop_t *loop, const struct engine_options *options,
                struct err *err)
{
    struct engine *engine = mem_zalloc(sizeof *engine);

    if (store_open(&engine->store, loop, options->directory, err) != 0) {
        free(engine);
        return err->code;
    }
    open_parts(engine, loop, options);
    if (router_open(&engine->router, loop, options->sinks, options->default_sink, &router_ops, err) != 0 ||
        restore(engine, err) != 0) {
        engine_close(engine, NULL, NULL);
        return err->code;
    }
    checkpoint_soon(&engine->checkpoint);
    *opened = engine;
    return 0;
}

int engine_reload(struct engine *engine, const struct engine_options *options, struct err *err)
{
    uint64_t in_use = dispatcher_sinks(&engine->dispatcher);

    if (router_reload(&engine->router, options->sinks, options->default_sink, in_use, err) != 0)
        return err->code;
    dispatcher_reload(&engine->dispatcher, options->table);
    return 0;
}

void engine_stop(struct engine *engine)
{
    registry_stop(&engine->registry);
}

void engine_close(struct engine *engine, engine_closed_cb closed, void *arg)
{
    engine->closed = closed;
    engine->arg = arg;
    uvx_owner_close(&engine->owner, on_gone);
    registry_stop(&engine->registry);
    checkpoint_close(&engine->checkpoint);
    stall_detector_close(&engine->stall_detector);
    dispatcher_close(&engine->dispatcher);
    retention_close(&engine->retention, on_retention_closed);
    router_close(&engine->router, SEND_STOP_MS);
}

/* ---- agents ---- */

enum engine_register_result engine_register(struct engine *engine,
                                            const struct engine_registration *registration,
                                            engine_registered_cb registered, void *arg,
                                            struct engine_pending **pending)
{
    return registrations_add(&engine->registrations, registration, registered, arg, pending);
}

void engine_register_abandon(struct engine_pending *pending)
{
    registrations_abandon(pending);
}

bool engine_report(struct engine *engine, struct report_stream *stream, const char *id, size_t id_size,
                   int32_t code)
{
    return registry_report(&engine->registry, stream, id, id_size, code);
}

void engine_stream_lost(struct engine *engine, struct report_stream *stream)
{
    registry_lost(&engine->registry, stream);
}

void engine_stream_done(struct engine *engine, struct report_stream *stream)
{
    (void)engine;
    report_stream_done(stream);
}

size_t engine_backlog(const struct engine *engine)
{
    return store_pending(&engine->store);
}
