/* SPDX-License-Identifier: MIT */
#include "notify/sink_queue.h"

#include <stdlib.h>

#include "base/mem.h"

static void on_failure(struct sink_queue *queue, const struct sink_answer *answer)
{
    uint64_t now_ms = uv_now(queue->outbox.loop);

    if (queue->failing_since_ms == 0)
        queue->failing_since_ms = now_ms;
    if (queue->reported ||
        (answer->verdict != SINK_DISABLED && now_ms - queue->failing_since_ms < SINK_QUEUE_FAILED_MS))
        return;
    if (queue->reported_ms != 0 && now_ms - queue->reported_ms < SINK_QUEUE_REPORT_MS)
        return;
    queue->reported = true;
    queue->reported_ms = now_ms;
    queue->ops->failed(queue, answer->detail);
}

static void on_answered(struct outbox *outbox, const struct sink_answer *answer)
{
    struct sink_queue *queue = container_of(outbox, struct sink_queue, outbox);

    if (answer->verdict != SINK_DELIVERED && answer->verdict != SINK_REJECTED) {
        on_failure(queue, answer);
        return;
    }
    queue->failing_since_ms = 0;
    if (!queue->reported)
        return;
    queue->reported = false;
    queue->ops->failed(queue, NULL);
}

static void on_outbox_closed(struct outbox *outbox)
{
    struct sink_queue *queue = container_of(outbox, struct sink_queue, outbox);
    const struct sink_queue_ops *ops = queue->ops;
    void *arg = queue->arg;
    unsigned index = queue->index;

    free(queue->name);
    free(queue);
    ops->closed(arg, index);
}

int sink_queue_open(struct sink_queue **opened, uv_loop_t *loop, unsigned index, const char *name,
                    const struct sink_config *config, const struct sink_queue_ops *ops, void *arg,
                    struct err *err)
{
    struct sink_queue *queue = mem_zalloc(sizeof *queue);
    int rc;

    queue->name = mem_strdup(name);
    queue->outbox_ops =
        (struct outbox_ops){.settled = ops->settled, .answered = on_answered, .closed = on_outbox_closed};
    rc = outbox_open(&queue->outbox, loop, queue->name, config, &queue->outbox_ops, err);
    if (rc < 0) {
        free(queue->name);
        free(queue);
        return rc;
    }
    queue->index = index;
    queue->ops = ops;
    queue->arg = arg;
    *opened = queue;
    return 0;
}

int sink_queue_change(struct sink_queue *queue, const struct sink_config *config, struct err *err)
{
    return outbox_change(&queue->outbox, config, err);
}

void sink_queue_close(struct sink_queue *queue, uint64_t timeout_ms)
{
    outbox_close(&queue->outbox, timeout_ms);
}
