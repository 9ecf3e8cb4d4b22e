/* SPDX-License-Identifier: MIT */
#include "engine/checkpoint.h"

#include <stdlib.h>

#define LOG_MODULE "engine"
#include "base/log.h"
#include "base/mem.h"
#include "base/wall_clock.h"
#include "engine/stored_state.h"

/* The two clocks are not read at the same time: an iteration of the loop may lie between. */
#define STEP_MS 1000

/* ---- when services were last seen ---- */

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

/* ---- all states, after a failed write ---- */

static void on_saved(void *arg, const struct err *err)
{
    struct checkpoint *checkpoint = arg;

    checkpoint->saving--;
    if (err != NULL)
        checkpoint->unsaved = true;
}

static void save(void *arg, const struct service *service)
{
    struct checkpoint *checkpoint = arg;
    struct store_state state;

    /* Before the first report there is no state; the time from which silence counts is in the checkpoint. */
    if (service->availability == SERVICE_UNKNOWN)
        return;
    stored_state(checkpoint->registry, service, &state);
    checkpoint->saving++;
    store_put_state(checkpoint->store, &state, on_saved, checkpoint);
}

/* One round at a time, so that a disk that hangs does not pile up writes of the same states. */
static void save_all(struct checkpoint *checkpoint)
{
    if (!checkpoint->unsaved || checkpoint->saving > 0)
        return;
    checkpoint->unsaved = false;
    registry_each(checkpoint->registry, save, checkpoint);
    registry_mark_all(checkpoint->registry); /* for services without a state */
}

/*
 * Times on disk are of the wall clock. If it was set since, a restart would count the step as silence, so all
 * times are written again. A clock that is slewed (adjtime(3)) makes no step, because the kernel slews the
 * loop's clock with it.
 */
static void follow_wall_clock(struct checkpoint *checkpoint, int64_t now_ms)
{
    int64_t began_ms = now_ms - (int64_t)uv_now(checkpoint->timer.loop);
    int64_t step_ms = began_ms - checkpoint->wall_began_ms;

    if (step_ms < STEP_MS && step_ms > -STEP_MS)
        return;
    if (checkpoint->wall_began_ms != 0) {
        log_info("the wall clock was set by_ms=%lld", (long long)step_ms);
        checkpoint->unsaved = true;
    }
    checkpoint->wall_began_ms = began_ms;
}

/* ---- the checkpoint ---- */

static void on_stored(void *arg, const struct err *err)
{
    struct checkpoint *checkpoint = arg;

    if (err != NULL) {
        checkpoint->unsaved = true;
        log_warning("checkpoint not stored reason=%s", err->msg);
    } else {
        checkpoint->stored_ms = uv_now(checkpoint->timer.loop);
    }
}

static void make(struct checkpoint *checkpoint)
{
    const struct store_checkpoint at = {wall_clock_now(), (int64_t)checkpoint->registry->restart_grace_ms};
    struct seen_list list = {0};

    checkpoint->ops->due(checkpoint, at.at_ms);
    follow_wall_clock(checkpoint, at.at_ms);
    save_all(checkpoint);
    registry_take_seen(checkpoint->registry, collect, &list);
    store_checkpoint(checkpoint->store, &at, list.seen, list.count, on_stored, checkpoint);
    free(list.seen);
}

static void on_timer(uv_timer_t *timer)
{
    make(container_of(timer, struct checkpoint, timer));
}

void checkpoint_open(struct checkpoint *checkpoint, uv_loop_t *loop, struct registry *registry,
                     struct store *store, const struct checkpoint_ops *ops)
{
    *checkpoint =
        (struct checkpoint){.ops = ops, .registry = registry, .store = store, .stored_ms = uv_now(loop)};
    (void)uv_timer_init(loop, &checkpoint->timer);
    uvx_own(&checkpoint->owner, (uv_handle_t *)&checkpoint->timer);
}

void checkpoint_soon(struct checkpoint *checkpoint)
{
    (void)uv_timer_start(&checkpoint->timer, on_timer, 0,
                         CHECKPOINT_PERIOD_MS); /* refused once it is closed */
}

void checkpoint_lost(struct checkpoint *checkpoint)
{
    checkpoint->unsaved = true;
}

static void on_gone(struct uvx_owner *owner)
{
    struct checkpoint *checkpoint = container_of(owner, struct checkpoint, owner);

    checkpoint->ops->closed(checkpoint);
}

void checkpoint_close(struct checkpoint *checkpoint)
{
    if (checkpoint->owner.closing)
        return;
    if (uv_is_active((uv_handle_t *)&checkpoint->timer))
        make(checkpoint);
    uvx_owner_close(&checkpoint->owner, on_gone);
    uvx_shut((uv_handle_t *)&checkpoint->timer);
}
