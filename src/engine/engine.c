/* SPDX-License-Identifier: MIT */
#include "engine/engine.h"

#include <assert.h>

#define LOG_MODULE "engine"
#include "engine/restore.h"
#include "engine/event_build.h"
#include "engine/suppression/reminder.h"
#include "engine/state.h"
#include "base/log.h"
#include "base/wall_clock.h"

/* ---- transition → store → router ---- */

static int64_t loop_ms(const struct engine *engine)
{
    return (int64_t)uv_now(engine->registry.loop);
}

static void on_committed(void *arg, const struct event *event, const struct err *err)
{
    struct engine *engine = arg;

    engine->committing--;
    /* Only now: the turn in which thousands are lost at once need not write all their lines as well. */
    event_build_log(event);
    if (err != NULL) {
        checkpoint_lost(&engine->stamp);
        log_error("transition not stored, telling it all the same service=%s reason=%s", event->service,
                  err->msg);
    }
    /* After the end it stays owed on the disk, for the next start. */
    if (!engine->owner.closing)
        gate_pass(&engine->gate, event);
}

static void on_transition(struct registry *registry, const struct service *service,
                          const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct engine *engine = container_of(registry, struct engine, registry);
    struct store_state state;
    struct event_build news;

    calm_change(&engine->calm, service->id, loop_ms(engine), news.spared);
    event_build_write(&news, ++engine->last_event, &engine->router, service, transition, at_ms, since_ms);
    state_to_store(registry, service, &state);
    engine->committing++;
    store_put_transition(&engine->store, &state, &news.event, on_committed, engine);
    gate_observe(&engine->gate, transition, at_ms, since_ms);
}

static void on_settled_stored(void *arg, const struct err *err)
{
    (void)arg;
    if (err != NULL)
        log_error("delivery not noted, a restart may repeat it reason=%s", err->msg);
}

/* No transition, so no state is written with it. */
static void say(void *arg, const struct event *event)
{
    struct engine *engine = arg;
    struct event said = *event;

    said.id = ++engine->last_event;
    said.at_ms = wall_clock_now();
    engine->committing++;
    store_put_event(&engine->store, &said, on_committed, engine);
}

static void on_remark(struct router *router, const struct event *event)
{
    say(container_of(router, struct engine, router), event);
}

static void on_settled(struct router *router, const char *sink, const uint64_t *ids, size_t count,
                       const char *outcome)
{
    struct engine *engine = container_of(router, struct engine, router);

    store_settle(&engine->store, sink, ids, count, outcome, wall_clock_now(), on_settled_stored, engine);
}

static void on_awaits(struct router *router, const char *service, uint64_t reports)
{
    recount_await(&container_of(router, struct engine, router)->recount, service, reports);
}

static void on_reached(struct registry *registry, const struct service *service)
{
    recount_reached(&container_of(registry, struct engine, registry)->recount, service);
}

/* ---- time ---- */

/* Queued right before the stamp that says until when, so that one transaction takes both. */
static void on_stamp_due(struct checkpoint *stamp, int64_t now_ms)
{
    struct engine *engine = container_of(stamp, struct engine, stamp);

    if (engine->reminded_ms != 0)
        reminder_look(&engine->registry, engine->router.table, engine->reminded_ms, now_ms, say, engine);
    engine->reminded_ms = now_ms;
    calm_look(&engine->calm, loop_ms(engine));
}

static void on_stamp_soon(struct registry *registry)
{
    checkpoint_soon(&container_of(registry, struct engine, registry)->stamp);
}

static void on_returned(struct stall_detector *absence, uint64_t stalled_ms)
{
    struct engine *engine = container_of(absence, struct engine, absence);

    log_warning("the server itself was away, nobody's silence is counted for it ms=%llu",
                (unsigned long long)stalled_ms);
    registry_extend(&engine->registry, stalled_ms);
}

/* ---- life ---- */

static void on_gone(struct uvx_owner *owner)
{
    struct engine *engine = container_of(owner, struct engine, owner);

    assert(engine->committing == 0);
    calm_fini(&engine->calm);
    if (engine->closed != NULL)
        engine->closed(engine);
}

static void on_store_closed(struct store *store)
{
    uvx_drop(&container_of(store, struct engine, store)->owner);
}

static void on_unused_store_closed(struct store *store)
{
    (void)store;
}

static void on_registry_closed(struct registry *registry)
{
    uvx_drop(&container_of(registry, struct engine, registry)->owner);
}

static void on_absence_closed(struct stall_detector *absence)
{
    uvx_drop(&container_of(absence, struct engine, absence)->owner);
}

static void on_gate_closed(struct gate *gate)
{
    uvx_drop(&container_of(gate, struct engine, gate)->owner);
}

static void on_stamp_closed(struct checkpoint *stamp)
{
    uvx_drop(&container_of(stamp, struct engine, stamp)->owner);
}

static void on_history_closed(struct retention *history)
{
    uvx_drop(&container_of(history, struct engine, history)->owner);
}

/* The sinks have said their last: what they settled is queued, and so is the last stamp. */
static void on_router_closed(struct router *router)
{
    struct engine *engine = container_of(router, struct engine, router);

    recount_stop(&engine->recount);
    store_close(&engine->store, on_store_closed);
    uvx_drop(&engine->owner);
}

static const struct registry_ops registry_ops = {
    .transition = on_transition,
    .checkpoint_soon = on_stamp_soon,
    .reached = on_reached,
    .closed = on_registry_closed,
};
static const struct router_ops router_ops = {
    .settled = on_settled, .awaits = on_awaits, .remark = on_remark, .closed = on_router_closed};
static const struct stall_detector_ops stall_detector_ops = {.returned = on_returned,
                                                             .closed = on_absence_closed};

static const struct checkpoint_ops checkpoint_ops = {.due = on_stamp_due, .closed = on_stamp_closed};

static void watch(struct engine *engine, uv_loop_t *loop, const struct engine_options *options)
{
    const int parts = 7; /* registry, store, router, absence, gate, history, stamp */

    registry_open(&engine->registry, loop, options->disconnect_grace_ms, options->restart_grace_ms,
                  &registry_ops);
    gate_open(&engine->gate, loop, &engine->store, &engine->router, &engine->last_event);
    recount_init(&engine->recount, &engine->registry, &engine->store, &engine->router);
    calm_init(&engine->calm, &engine->registry, &engine->router, say, engine);
    retention_open(&engine->history, loop, &engine->store, options->history_days);
    stall_detector_open(&engine->absence, loop, &stall_detector_ops);
    checkpoint_open(&engine->stamp, loop, &engine->registry, &engine->store, &checkpoint_ops);
    for (int part = 0; part < parts; part++)
        uvx_hold(&engine->owner);
}

int engine_open(struct engine *engine, uv_loop_t *loop, const struct engine_options *options, struct err *err)
{
    struct restore boot = {.registry = &engine->registry,
                           .router = &engine->router,
                           .calm = &engine->calm,
                           .now_ms = (int64_t)uv_now(loop)};

    *engine = (struct engine){0};
    if (store_open(&engine->store, loop, options->directory, err) != 0)
        return err->code;
    if (router_open(&engine->router, loop, options->table, &options->default_sink, &router_ops, err) != 0)
        goto err_after_store;
    watch(engine, loop, options);
    router_gather(&engine->router);
    if (restore_load(&boot, &engine->store, err) != 0)
        goto err_after_watch;
    engine->last_event = boot.last_event;
    engine->reminded_ms = boot.stamp.last_alive_ms;
    log_info("remembered services=%zu owed=%zu", registry_count(&engine->registry),
             router_waiting(&engine->router));
    gate_remember(&engine->gate, boot.live);
    checkpoint_soon(&engine->stamp);
    return 0;

err_after_watch:
    engine_close(engine, NULL);
    return err->code;
err_after_store:
    store_close(&engine->store, on_unused_store_closed);
    return err->code;
}

int engine_reload(struct engine *engine, const struct routing_table *table,
                  const struct sink_config *default_sink, struct err *err)
{
    return router_change(&engine->router, table, default_sink, err);
}

void engine_stop(struct engine *engine)
{
    registry_stop(&engine->registry);
}

void engine_close(struct engine *engine, void (*closed)(struct engine *engine))
{
    if (engine->owner.closing)
        return;
    engine->closed = closed;
    uvx_owner_close(&engine->owner, on_gone);
    checkpoint_close(&engine->stamp);
    stall_detector_close(&engine->absence);
    gate_close(&engine->gate, on_gate_closed);
    retention_close(&engine->history, on_history_closed);
    registry_close(&engine->registry);
    router_close(&engine->router, ENGINE_SEND_GRACE_MS);
}
