/* SPDX-License-Identifier: MIT */
#include "alert/pipeline.h"

#include <assert.h>

#define LOG_MODULE "pipeline"
#include "alert/boot.h"
#include "alert/news.h"
#include "alert/reminder.h"
#include "alert/state.h"
#include "base/log.h"
#include "base/wall.h"

/* ---- transition → store → router ---- */

static int64_t loop_ms(const struct pipeline *pipeline)
{
    return (int64_t)uv_now(pipeline->registry.loop);
}

static void on_committed(void *arg, const struct event *event, const struct err *err)
{
    struct pipeline *pipeline = arg;

    pipeline->committing--;
    /* Only now: the turn in which thousands are lost at once need not write all their lines as well. */
    news_log(event);
    if (err != NULL) {
        stamp_lost(&pipeline->stamp);
        log_error("transition not stored, telling it all the same service=%s reason=%s", event->service,
                  err->msg);
    }
    /* After the end it stays owed on the disk, for the next start. */
    if (!pipeline->owner.closing)
        gate_pass(&pipeline->gate, event);
}

static void on_transition(struct registry *registry, const struct service *service,
                          const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct pipeline *pipeline = container_of(registry, struct pipeline, registry);
    struct store_state state;
    struct news news;

    calm_change(&pipeline->calm, service->id, loop_ms(pipeline), news.spared);
    news_write(&news, ++pipeline->last_event, &pipeline->router, service, transition, at_ms, since_ms);
    state_to_store(registry, service, &state);
    pipeline->committing++;
    store_put_transition(&pipeline->store, &state, &news.event, on_committed, pipeline);
    gate_observe(&pipeline->gate, transition, at_ms, since_ms);
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
    struct pipeline *pipeline = arg;
    struct event said = *event;

    said.id = ++pipeline->last_event;
    said.at_ms = wall_now();
    pipeline->committing++;
    store_put_event(&pipeline->store, &said, on_committed, pipeline);
}

static void on_remark(struct router *router, const struct event *event)
{
    say(container_of(router, struct pipeline, router), event);
}

static void on_settled(struct router *router, const char *sink, const uint64_t *ids, size_t count,
                       const char *fate)
{
    struct pipeline *pipeline = container_of(router, struct pipeline, router);

    store_settle(&pipeline->store, sink, ids, count, fate, wall_now(), on_settled_stored, pipeline);
}

static void on_awaits(struct router *router, const char *service, uint64_t reports)
{
    recount_await(&container_of(router, struct pipeline, router)->recount, service, reports);
}

static void on_reached(struct registry *registry, const struct service *service)
{
    recount_reached(&container_of(registry, struct pipeline, registry)->recount, service);
}

/* ---- time ---- */

/* Queued right before the stamp that says until when, so that one transaction takes both. */
static void on_stamp_due(struct stamp *stamp, int64_t now_ms)
{
    struct pipeline *pipeline = container_of(stamp, struct pipeline, stamp);

    if (pipeline->reminded_ms != 0)
        reminder_look(&pipeline->registry, pipeline->router.plan, pipeline->reminded_ms, now_ms, say,
                      pipeline);
    pipeline->reminded_ms = now_ms;
    calm_look(&pipeline->calm, loop_ms(pipeline));
}

static void on_stamp_soon(struct registry *registry)
{
    stamp_soon(&container_of(registry, struct pipeline, registry)->stamp);
}

static void on_returned(struct absence *absence, uint64_t absence_ms)
{
    struct pipeline *pipeline = container_of(absence, struct pipeline, absence);

    log_warning("the server itself was away, nobody's silence is counted for it ms=%llu",
                (unsigned long long)absence_ms);
    registry_excuse(&pipeline->registry, absence_ms);
}

/* ---- life ---- */

static void on_gone(struct uvx_owner *owner)
{
    struct pipeline *pipeline = container_of(owner, struct pipeline, owner);

    assert(pipeline->committing == 0);
    calm_fini(&pipeline->calm);
    if (pipeline->closed != NULL)
        pipeline->closed(pipeline);
}

static void on_store_closed(struct store *store)
{
    uvx_drop(&container_of(store, struct pipeline, store)->owner);
}

static void on_unused_store_closed(struct store *store)
{
    (void)store;
}

static void on_registry_closed(struct registry *registry)
{
    uvx_drop(&container_of(registry, struct pipeline, registry)->owner);
}

static void on_absence_closed(struct absence *absence)
{
    uvx_drop(&container_of(absence, struct pipeline, absence)->owner);
}

static void on_gate_closed(struct gate *gate)
{
    uvx_drop(&container_of(gate, struct pipeline, gate)->owner);
}

static void on_stamp_closed(struct stamp *stamp)
{
    uvx_drop(&container_of(stamp, struct pipeline, stamp)->owner);
}

static void on_history_closed(struct history *history)
{
    uvx_drop(&container_of(history, struct pipeline, history)->owner);
}

/* The sinks have said their last: what they settled is queued, and so is the last stamp. */
static void on_router_closed(struct router *router)
{
    struct pipeline *pipeline = container_of(router, struct pipeline, router);

    recount_stop(&pipeline->recount);
    store_close(&pipeline->store, on_store_closed);
    uvx_drop(&pipeline->owner);
}

static const struct registry_ops registry_ops = {
    .transition = on_transition,
    .stamp_soon = on_stamp_soon,
    .reached = on_reached,
    .closed = on_registry_closed,
};
static const struct router_ops router_ops = {
    .settled = on_settled, .awaits = on_awaits, .remark = on_remark, .closed = on_router_closed};
static const struct absence_ops absence_ops = {.returned = on_returned, .closed = on_absence_closed};

static const struct stamp_ops stamp_ops = {.due = on_stamp_due, .closed = on_stamp_closed};

static void watch(struct pipeline *pipeline, uv_loop_t *loop, const struct pipeline_options *options)
{
    const int parts = 7; /* registry, store, router, absence, gate, history, stamp */

    registry_open(&pipeline->registry, loop, options->disconnect_grace_ms, options->restart_grace_ms,
                  &registry_ops);
    gate_open(&pipeline->gate, loop, &pipeline->store, &pipeline->router, &pipeline->last_event);
    recount_init(&pipeline->recount, &pipeline->registry, &pipeline->store, &pipeline->router);
    calm_init(&pipeline->calm, &pipeline->registry, &pipeline->router, say, pipeline);
    history_open(&pipeline->history, loop, &pipeline->store, options->history_days);
    absence_open(&pipeline->absence, loop, &absence_ops);
    stamp_open(&pipeline->stamp, loop, &pipeline->registry, &pipeline->store, &stamp_ops);
    for (int part = 0; part < parts; part++)
        uvx_hold(&pipeline->owner);
}

int pipeline_open(struct pipeline *pipeline, uv_loop_t *loop, const struct pipeline_options *options,
                  struct err *err)
{
    struct boot boot = {.registry = &pipeline->registry,
                        .router = &pipeline->router,
                        .calm = &pipeline->calm,
                        .now_ms = (int64_t)uv_now(loop)};

    *pipeline = (struct pipeline){0};
    if (store_open(&pipeline->store, loop, options->directory, err) != 0)
        return err->code;
    if (router_open(&pipeline->router, loop, options->plan, &options->home, &router_ops, err) != 0)
        goto err_after_store;
    watch(pipeline, loop, options);
    router_gather(&pipeline->router);
    if (boot_load(&boot, &pipeline->store, err) != 0)
        goto err_after_watch;
    pipeline->last_event = boot.last_event;
    pipeline->reminded_ms = boot.stamp.alive_ms;
    log_info("remembered services=%zu owed=%zu", registry_count(&pipeline->registry),
             router_waiting(&pipeline->router));
    gate_remember(&pipeline->gate, boot.live);
    stamp_soon(&pipeline->stamp);
    return 0;

err_after_watch:
    pipeline_close(pipeline, NULL);
    return err->code;
err_after_store:
    store_close(&pipeline->store, on_unused_store_closed);
    return err->code;
}

int pipeline_change(struct pipeline *pipeline, const struct plan *plan, const struct address *home,
                    struct err *err)
{
    return router_change(&pipeline->router, plan, home, err);
}

void pipeline_stop(struct pipeline *pipeline)
{
    registry_stop(&pipeline->registry);
}

void pipeline_close(struct pipeline *pipeline, void (*closed)(struct pipeline *pipeline))
{
    if (pipeline->owner.closing)
        return;
    pipeline->closed = closed;
    uvx_owner_close(&pipeline->owner, on_gone);
    stamp_close(&pipeline->stamp);
    absence_close(&pipeline->absence);
    gate_close(&pipeline->gate, on_gate_closed);
    history_close(&pipeline->history, on_history_closed);
    registry_close(&pipeline->registry);
    router_close(&pipeline->router, PIPELINE_SEND_GRACE_MS);
}
