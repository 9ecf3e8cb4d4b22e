/* SPDX-License-Identifier: MIT */
#include "alert/pipeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "pipeline"
#include "alert/boot.h"
#include "alert/reminder.h"
#include "alert/state.h"
#include "base/log.h"
#include "base/mem.h"
#include "monitor/clock.h"
#include "monitor/registry_memory.h"

/* The two clocks are not read at the same moment, and a turn of the loop may lie between. */
#define STEP_MS 1000

/* ---- transition → store → router ---- */

static int64_t loop_ms(const struct pipeline *pipeline)
{
    return (int64_t)uv_now(pipeline->stamp.loop);
}

static void on_committed(void *arg, const struct err *err)
{
    struct owed *owed = arg;
    struct pipeline *pipeline = owed->arg;

    pipeline->committing--;
    /* Only now: the turn in which thousands are lost at once need not write all their lines as well. */
    owed_log(&owed->event);
    if (err != NULL) {
        pipeline->unsaved = true;
        log_error("transition not stored, telling it all the same service=%s reason=%s", owed->event.service,
                  err->msg);
    }
    /* After the end it stays owed on the disk, for the next start. */
    if (pipeline->closing)
        free(owed);
    else
        gate_pass(&pipeline->gate, owed);
}

static void on_transition(struct registry *registry, const struct service *service,
                          const struct transition *transition, int64_t at_ms, int64_t since_ms)
{
    struct pipeline *pipeline = container_of(registry, struct pipeline, registry);
    struct store_state state;
    struct owed *owed;
    char spared[ROUTER_SINKS_SIZE];

    /* Not stored either: after the restart the service has all the grace there is. */
    if (pipeline->stopping && transition->kind == TRANSITION_UNAVAILABLE)
        return;
    calm_change(&pipeline->calm, service->id, loop_ms(pipeline), spared);
    owed = owed_new_transition(++pipeline->last_event, &pipeline->router, spared, service, transition, at_ms,
                               since_ms);
    owed->arg = pipeline;
    state_to_store(registry, service, &state);
    pipeline->committing++;
    store_put_transition(&pipeline->store, &state, &owed->event, on_committed, owed);
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
    struct owed *owed = owed_new(event);

    owed->event.id = ++pipeline->last_event;
    owed->event.at_ms = clock_wall();
    owed->arg = pipeline;
    pipeline->committing++;
    store_put_event(&pipeline->store, &owed->event, on_committed, owed);
}

static void on_remark(struct router *router, const struct event *event)
{
    say(container_of(router, struct pipeline, router), event);
}

static void on_settled(struct router *router, const char *sink, const uint64_t *ids, size_t count,
                       const char *fate)
{
    struct pipeline *pipeline = container_of(router, struct pipeline, router);

    store_settle(&pipeline->store, sink, ids, count, fate, clock_wall(), on_settled_stored, pipeline);
}

static void on_awaits(struct router *router, const char *service, uint64_t reports)
{
    recount_await(&container_of(router, struct pipeline, router)->recount, service, reports);
}

static void on_reached(struct registry *registry, const struct service *service)
{
    recount_reached(&container_of(registry, struct pipeline, registry)->recount, service);
}

/* ---- the alive stamp ---- */

struct seen_list {
    struct store_seen *seen;
    size_t count, size;
};

static void collect_seen(void *arg, const struct service *service, int64_t seen_ms)
{
    struct seen_list *list = arg;

    if (list->count == list->size) {
        list->size = list->size > 0 ? 2 * list->size : 64;
        list->seen = mem_realloc(list->seen, list->size * sizeof *list->seen);
    }
    list->seen[list->count++] = (struct store_seen){.id = service->id, .seen_ms = seen_ms};
}

static void on_stamped(void *arg, const struct err *err)
{
    struct pipeline *pipeline = arg;

    if (err != NULL) {
        pipeline->unsaved = true;
        log_warning("alive stamp not stored reason=%s", err->msg);
    } else {
        pipeline->stamped_ms = uv_now(pipeline->stamp.loop);
    }
}

static void on_saved(void *arg, const struct err *err)
{
    struct pipeline *pipeline = arg;

    pipeline->saving--;
    if (err != NULL)
        pipeline->unsaved = true;
}

static void save(void *arg, const struct service *service)
{
    struct pipeline *pipeline = arg;
    struct store_state state;

    /* Before the first report there is no state, and what silence counts from goes with the stamp. */
    if (service->presence == SERVICE_UNKNOWN)
        return;
    /* It may have become so just now, which nobody was told: see on_transition. */
    if (pipeline->stopping && service->presence == SERVICE_UNAVAILABLE)
        return;
    state_to_store(&pipeline->registry, service, &state);
    pipeline->saving++;
    store_put_transition(&pipeline->store, &state, NULL, on_saved, pipeline);
}

/*
 * What is on disk is by the wall clock as it was: after somebody has set that, a restart would take the
 * difference for silence. A clock that is only corrected in its speed takes the loop's along.
 */
static void follow_wall_clock(struct pipeline *pipeline, int64_t now_ms)
{
    int64_t began_ms = now_ms - (int64_t)uv_now(pipeline->stamp.loop);
    int64_t step_ms = began_ms - pipeline->wall_began_ms;

    if (step_ms < STEP_MS && step_ms > -STEP_MS)
        return;
    if (pipeline->wall_began_ms != 0) {
        log_info("the wall clock was set by_ms=%lld", (long long)step_ms);
        pipeline->unsaved = true;
    }
    pipeline->wall_began_ms = began_ms;
}

/* Queued right before the stamp that says until when, so that one transaction takes both. */
static void remind(struct pipeline *pipeline, int64_t now_ms)
{
    if (pipeline->reminded_ms != 0)
        reminder_look(&pipeline->registry, pipeline->router.plan, pipeline->reminded_ms, now_ms, say,
                      pipeline);
    pipeline->reminded_ms = now_ms;
}

static void stamp(struct pipeline *pipeline)
{
    const struct store_stamp at = {clock_wall(), (int64_t)pipeline->registry.excuse_ms};
    struct seen_list list = {0};

    remind(pipeline, at.at_ms);
    calm_look(&pipeline->calm, loop_ms(pipeline));
    follow_wall_clock(pipeline, at.at_ms);
    /* One round at a time: a disk that hangs shall not be owed the same states again and again. */
    if (pipeline->unsaved && pipeline->saving == 0) {
        pipeline->unsaved = false;
        registry_each(&pipeline->registry, save, pipeline);
        registry_mark_all(&pipeline->registry); /* before its first report a service has no state */
    }
    registry_memory_take_seen(&pipeline->registry, collect_seen, &list);
    store_stamp(&pipeline->store, &at, list.seen, list.count, on_stamped, pipeline);
    free(list.seen);
}

static void on_stamp(uv_timer_t *timer)
{
    stamp(container_of(timer, struct pipeline, stamp));
}

static void on_stamp_soon(struct registry *registry)
{
    struct pipeline *pipeline = container_of(registry, struct pipeline, registry);

    if (!pipeline->closing)
        (void)uv_timer_start(&pipeline->stamp, on_stamp, 0, PIPELINE_STAMP_MS);
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

static void watch(struct pipeline *pipeline, uv_loop_t *loop, const struct pipeline_options *options)
{
    const int parts = 6; /* registry, store, router, absence, gate, history */

    registry_open(&pipeline->registry, loop, options->disconnect_grace_ms, options->restart_grace_ms,
                  &registry_ops);
    gate_open(&pipeline->gate, loop, &pipeline->store, &pipeline->router, &pipeline->last_event);
    recount_init(&pipeline->recount, &pipeline->registry, &pipeline->store, &pipeline->router);
    calm_init(&pipeline->calm, &pipeline->registry, &pipeline->router, say, pipeline);
    history_open(&pipeline->history, loop, &pipeline->store, options->history_days);
    absence_open(&pipeline->absence, loop, &absence_ops);
    (void)uv_timer_init(loop, &pipeline->stamp);
    uvx_own(&pipeline->owner, (uv_handle_t *)&pipeline->stamp);
    (void)uv_timer_start(&pipeline->stamp, on_stamp, 0, PIPELINE_STAMP_MS);
    pipeline->stamped_ms = uv_now(loop);
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
    pipeline->remembering = true;
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
    pipeline->stopping = true;
}

void pipeline_close(struct pipeline *pipeline, void (*closed)(struct pipeline *pipeline))
{
    if (pipeline->closing)
        return;
    if (pipeline->remembering)
        stamp(pipeline);
    pipeline->stopping = true;
    pipeline->closing = true;
    pipeline->closed = closed;
    uvx_owner_close(&pipeline->owner, on_gone);
    uvx_shut((uv_handle_t *)&pipeline->stamp);
    absence_close(&pipeline->absence);
    gate_close(&pipeline->gate, on_gate_closed);
    history_close(&pipeline->history, on_history_closed);
    registry_close(&pipeline->registry);
    router_close(&pipeline->router, PIPELINE_SEND_GRACE_MS);
}
