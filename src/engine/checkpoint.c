/* SPDX-License-Identifier: MIT */
#include "engine/checkpoint.h"

#include <stdlib.h>

#define LOG_MODULE "engine"
#include "engine/state.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wall_clock.h"
#include "engine/service_snapshot.h"

/* The two clocks are not read at the same moment, and a turn of the loop may lie between. */
#define STEP_MS 1000

/* ---- who was last heard when ---- */

struct seen_list {
    struct store_seen *seen;
    size_t count, size;
};

static void collect(void *arg, const struct service *service, int64_t seen_ms)
{
    struct seen_list *list = arg;

    if (list->count == list->size) {
        list->size = list->size > 0 ? 2 * list->size : 64;
        list->seen = mem_realloc(list->seen, list->size * sizeof *list->seen);
    }
    list->seen[list->count++] = (struct store_seen){.id = service->id, .seen_ms = seen_ms};
}

/* ---- the states once more ---- */

static void on_saved(void *arg, const struct err *err)
{
    struct checkpoint *stamp = arg;

    stamp->saving--;
    if (err != NULL)
        stamp->unsaved = true;
}

static void save(void *arg, const struct service *service)
{
    struct checkpoint *stamp = arg;
    struct store_state state;

    /* Before the first report there is no state, and what silence counts from goes with the stamp. */
    if (service->availability == SERVICE_UNKNOWN)
        return;
    state_to_store(stamp->registry, service, &state);
    stamp->saving++;
    store_put_state(stamp->store, &state, on_saved, stamp);
}

/* One round at a time: a disk that hangs shall not be owed the same states again and again. */
static void save_all(struct checkpoint *stamp)
{
    if (!stamp->unsaved || stamp->saving > 0)
        return;
    stamp->unsaved = false;
    registry_each(stamp->registry, save, stamp);
    registry_mark_all(stamp->registry); /* before its first report a service has no state */
}

/*
 * What is on disk is by the wall clock as it was: after somebody has set that, a restart would take the
 * difference for silence. A clock that is only corrected in its speed takes the loop's along.
 */
static void follow_wall_clock(struct checkpoint *stamp, int64_t now_ms)
{
    int64_t began_ms = now_ms - (int64_t)uv_now(stamp->timer.loop);
    int64_t step_ms = began_ms - stamp->wall_began_ms;

    if (step_ms < STEP_MS && step_ms > -STEP_MS)
        return;
    if (stamp->wall_began_ms != 0) {
        log_info("the wall clock was set by_ms=%lld", (long long)step_ms);
        stamp->unsaved = true;
    }
    stamp->wall_began_ms = began_ms;
}

/* ---- the stamp ---- */

static void on_stored(void *arg, const struct err *err)
{
    struct checkpoint *stamp = arg;

    if (err != NULL) {
        stamp->unsaved = true;
        log_warning("alive stamp not stored reason=%s", err->msg);
    } else {
        stamp->stored_ms = uv_now(stamp->timer.loop);
    }
}

static void make(struct checkpoint *stamp)
{
    const struct store_checkpoint at = {wall_clock_now(), (int64_t)stamp->registry->restart_grace_ms};
    struct seen_list list = {0};

    stamp->ops->due(stamp, at.at_ms);
    follow_wall_clock(stamp, at.at_ms);
    save_all(stamp);
    service_snapshot_take_seen(stamp->registry, collect, &list);
    store_checkpoint(stamp->store, &at, list.seen, list.count, on_stored, stamp);
    free(list.seen);
}

static void on_timer(uv_timer_t *timer)
{
    make(container_of(timer, struct checkpoint, timer));
}

void checkpoint_open(struct checkpoint *stamp, uv_loop_t *loop, struct registry *registry,
                     struct store *store, const struct checkpoint_ops *ops)
{
    *stamp = (struct checkpoint){.ops = ops, .registry = registry, .store = store, .stored_ms = uv_now(loop)};
    (void)uv_timer_init(loop, &stamp->timer);
    uvx_own(&stamp->owner, (uv_handle_t *)&stamp->timer);
}

void checkpoint_soon(struct checkpoint *stamp)
{
    (void)uv_timer_start(&stamp->timer, on_timer, 0, CHECKPOINT_PERIOD_MS); /* refused once it is closed */
}

void checkpoint_lost(struct checkpoint *stamp)
{
    stamp->unsaved = true;
}

static void on_gone(struct uvx_owner *owner)
{
    struct checkpoint *stamp = container_of(owner, struct checkpoint, owner);

    stamp->ops->closed(stamp);
}

void checkpoint_close(struct checkpoint *stamp)
{
    if (stamp->owner.closing)
        return;
    if (uv_is_active((uv_handle_t *)&stamp->timer))
        make(stamp);
    uvx_owner_close(&stamp->owner, on_gone);
    uvx_shut((uv_handle_t *)&stamp->timer);
}
