/* SPDX-License-Identifier: MIT */
#include "notify/sink_queue.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/wall_clock.h"

static int64_t loop_ms(const struct sink_queue *queue)
{
    return (int64_t)uv_now(queue->outbox.loop);
}

/*
 * When it happened, on the loop's clock: a step of the wall clock lengthens nothing that is being held. Read
 * afresh, as the wall clock is: uv_now() may lag behind it.
 */
static int64_t happened_ms(const struct event *event)
{
    int64_t ago_ms = wall_clock_now() - event->at_ms;

    return (int64_t)(uv_hrtime() / 1000000) - (ago_ms > 0 ? ago_ms : 0);
}

static void on_due(uv_timer_t *timer);

static void due_at(struct sink_queue *queue, int64_t at_ms)
{
    int64_t wait_ms = at_ms - loop_ms(queue);

    if (uv_is_active((uv_handle_t *)&queue->due) && queue->due_ms <= at_ms)
        return;
    queue->due_ms = at_ms;
    (void)uv_timer_start(&queue->due, on_due, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void settle_brief(struct sink_queue *queue)
{
    struct ids brief = queue->brief;

    queue->brief = (struct ids){0};
    if (brief.count > 0)
        queue->ops->settled(queue, brief.list, brief.count, "recovered_in_time");
    ids_fini(&brief);
}

static void on_due(uv_timer_t *timer)
{
    struct sink_queue *queue = container_of(timer, struct sink_queue, due);
    struct digest told = {0};
    int64_t next_ms;

    hold_release(&queue->hold, loop_ms(queue), &told);
    next_ms = hold_due(&queue->hold);
    if (next_ms != HOLD_NEVER)
        due_at(queue, next_ms);
    if (told.notices > 0)
        outbox_merge(&queue->outbox, &told);
    settle_brief(queue);
}

/* Sees to it that what is held of the service is looked at when it is due. */
static void await(struct sink_queue *queue, const char *service)
{
    int64_t due_ms;
    uint64_t due_reports;

    if (!hold_waits(&queue->hold, service, &due_ms, &due_reports))
        return;
    if (due_ms != HOLD_NEVER)
        due_at(queue, due_ms);
    if (due_reports != HOLD_NO_REPORT)
        queue->ops->awaits(queue, service, due_reports);
}

void sink_queue_add(struct sink_queue *queue, const struct event *event, struct patience patience)
{
    struct digest told = {0};
    int64_t at_ms = happened_ms(event);

    if (queue->closing)
        return; /* it stays owed: the store has it */
    if (patience.ms == 0 && patience.reports == 0 && queue->hold.notices == 0) {
        outbox_add(&queue->outbox, event);
        return;
    }
    hold_add(&queue->hold, event, at_ms, patience, &told, &queue->brief);
    if (queue->brief.count > 0)
        due_at(queue, loop_ms(queue));
    if (told.notices > 0)
        outbox_merge(&queue->outbox, &told);
    await(queue, event->service);
}

void sink_queue_heard(struct sink_queue *queue, const char *service, uint64_t reports)
{
    struct digest told = {0};

    if (queue->closing)
        return;
    hold_heard(&queue->hold, service, reports, &told);
    if (told.notices > 0)
        outbox_merge(&queue->outbox, &told);
    await(queue, service);
}

static void on_settled(struct outbox *outbox, const uint64_t *ids, size_t count, const char *outcome)
{
    struct sink_queue *queue = container_of(outbox, struct sink_queue, outbox);

    queue->ops->settled(queue, ids, count, outcome);
}

static void on_failing(struct sink_queue *queue, const struct sink_answer *answer)
{
    uint64_t now_ms = uv_now(queue->outbox.loop);

    if (queue->failed_ms == 0)
        queue->failed_ms = now_ms;
    if (queue->dead || (answer->verdict != SINK_DISABLED && now_ms - queue->failed_ms < SINK_QUEUE_DEAD_MS))
        return;
    if (queue->died_ms != 0 && now_ms - queue->died_ms < SINK_QUEUE_DEAD_AGAIN_MS)
        return;
    queue->dead = true;
    queue->died_ms = now_ms;
    queue->ops->died(queue, answer->detail);
}

static void on_answered(struct outbox *outbox, const struct sink_answer *answer)
{
    struct sink_queue *queue = container_of(outbox, struct sink_queue, outbox);

    if (answer->verdict != SINK_DELIVERED && answer->verdict != SINK_REJECTED) {
        on_failing(queue, answer);
        return;
    }
    queue->failed_ms = 0;
    if (!queue->dead)
        return;
    queue->dead = false;
    queue->ops->died(queue, NULL);
}

static void on_outbox_closed(struct outbox *outbox)
{
    uvx_drop(&container_of(outbox, struct sink_queue, outbox)->owner);
}

static const struct outbox_ops outbox_ops = {
    .settled = on_settled, .answered = on_answered, .closed = on_outbox_closed};

int sink_queue_open(struct sink_queue **opened, uv_loop_t *loop, const char *name,
                    const struct sink_config *address, const struct sink_queue_ops *ops, void *arg,
                    struct err *err)
{
    struct sink_queue *queue = mem_zalloc(sizeof *queue);
    int rc;

    queue->name = mem_strdup(name);
    rc = outbox_open(&queue->outbox, loop, queue->name, address, &outbox_ops, err);
    if (rc < 0) {
        free(queue->name);
        free(queue);
        return rc;
    }
    uvx_hold(&queue->owner);
    queue->ops = ops;
    queue->arg = arg;
    (void)uv_timer_init(loop, &queue->due);
    uvx_own(&queue->owner, (uv_handle_t *)&queue->due);
    *opened = queue;
    return 0;
}

int sink_queue_change(struct sink_queue *queue, const struct sink_config *address, struct err *err)
{
    return outbox_set_address(&queue->outbox, address, err);
}

size_t sink_queue_waiting(const struct sink_queue *queue)
{
    return queue->hold.notices + queue->brief.count + outbox_waiting(&queue->outbox);
}

static void on_gone(struct uvx_owner *owner)
{
    struct sink_queue *queue = container_of(owner, struct sink_queue, owner);
    const struct sink_queue_ops *ops = queue->ops;
    void *arg = queue->arg;

    hold_fini(&queue->hold);
    free(queue->name);
    free(queue);
    ops->closed(arg);
}

void sink_queue_close(struct sink_queue *queue, uint64_t grace_ms)
{
    if (queue->closing)
        return;
    queue->closing = true;
    settle_brief(queue);
    uvx_owner_close(&queue->owner, on_gone);
    uvx_shut((uv_handle_t *)&queue->due);
    outbox_close(&queue->outbox, grace_ms);
}
