/* SPDX-License-Identifier: MIT */
#include "notify/router.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LOG_MODULE "notify"
#include "base/log.h"

/* A name or a sentence with the detail of an answer. */
#define REMARK_MAX (SINK_DETAIL_MAX + 64)

static void on_settled(struct outbox *outbox, const uint64_t *ids, size_t count, const char *outcome)
{
    struct sink_queue *queue = container_of(outbox, struct sink_queue, outbox);
    struct router *router = queue->arg;

    router->ops->settled(router, queue->index, ids, count, outcome);
}

/* Notifies the fallback sink, unless it is the fallback sink that has failed. */
static void on_failed(struct sink_queue *queue, const char *reason)
{
    struct router *router = queue->arg;
    const char *fallback = router->sinks->fallback;
    char subject[REMARK_MAX], text[REMARK_MAX];
    const struct event event = {
        .kind = EVENT_REMARK,
        .severity = reason != NULL ? EVENT_DANGER : EVENT_GOOD,
        .service = subject,
        .text = text,
        .code = EVENT_NO_CODE,
        .previous_code = EVENT_NO_CODE,
    };

    if (fallback == NULL || router->closing || strcmp(fallback, queue->name) == 0)
        return;
    (void)snprintf(subject, sizeof subject, "sink %s", queue->name);
    if (reason != NULL)
        (void)snprintf(text, sizeof text, "takes no messages (%zu wait): %s", outbox_waiting(&queue->outbox),
                       reason);
    else
        (void)snprintf(text, sizeof text, "takes messages again");
    router->ops->remark(router, (unsigned)router_find(router, fallback), &event);
}

static void on_queue_closed(void *arg, unsigned index)
{
    struct router *router = arg;

    router->queues[index] = NULL;
    if (--router->queue_count == 0 && router->closing)
        router->ops->closed(router);
}

static const struct sink_queue_ops queue_ops = {
    .settled = on_settled, .failed = on_failed, .closed = on_queue_closed};

int router_find(const struct router *router, const char *name)
{
    for (int i = 0; i < ROUTER_SINKS_MAX; i++) {
        const struct sink_queue *queue = router->queues[i];

        if (queue != NULL && !queue->outbox.closing && strcmp(queue->name, name) == 0)
            return i;
    }
    return -1;
}

const char *router_name(const struct router *router, unsigned sink)
{
    return router->queues[sink]->name;
}

static int free_number(const struct router *router)
{
    for (int i = 0; i < ROUTER_SINKS_MAX; i++) {
        if (router->queues[i] == NULL)
            return i;
    }
    return -1;
}

static int add_sink(struct router *router, const char *name, const struct sink_config *config,
                    struct err *err)
{
    int known = router_find(router, name), number = free_number(router);

    if (known >= 0)
        return sink_queue_change(router->queues[known], config, err);
    if (number < 0)
        return err_set(
            err, -ENOSPC,
            "sink '%s': there are %d sinks already, with removed ones whose notices are not delivered", name,
            ROUTER_SINKS_MAX);
    if (sink_queue_open(&router->queues[number], router->loop, (unsigned)number, name, config, &queue_ops,
                        router, err) != 0)
        return err_wrap(err, "sink '%s'", name);
    router->queue_count++;
    return 0;
}

/*
 * The list has been checked, so that only a lack of memory or of free numbers can fail. Then the old list
 * stays in use; a sink that was opened for the new one stays open and gets no notices.
 */
static int add_sinks(struct router *router, const struct sink_list *sinks,
                     const struct sink_config *default_sink, struct err *err)
{
    int rc = add_sink(router, SINK_DEFAULT_NAME, default_sink, err);

    for (unsigned i = 0; rc == 0 && i < sinks->sinks_count; i++)
        rc = add_sink(router, sinks->sinks[i].name, &sinks->sinks[i].config, err);
    return rc;
}

int router_open(struct router *router, uv_loop_t *loop, const struct sink_list *sinks,
                const struct sink_config *default_sink, const struct router_ops *ops, struct err *err)
{
    *router = (struct router){.loop = loop, .ops = ops, .sinks = sinks};
    return add_sinks(router, sinks, default_sink, err);
}

/* A sink that was only renamed keeps the pause that its receiver has asked for. */
static void share_pauses(struct router *router)
{
    for (unsigned i = 0; i < ROUTER_SINKS_MAX; i++) {
        for (unsigned j = 0; router->queues[i] != NULL && j < ROUTER_SINKS_MAX; j++) {
            if (router->queues[j] != NULL)
                outbox_share_pause(&router->queues[i]->outbox, &router->queues[j]->outbox);
        }
    }
}

/* Closes a sink that was removed from the configuration, unless there are notices for it. */
static void remove_sink(struct router *router, unsigned sink, bool in_use)
{
    struct sink_queue *queue = router->queues[sink];
    size_t waiting = outbox_waiting(&queue->outbox);

    if (waiting == 0 && !in_use)
        sink_queue_close(queue, 0);
    else
        log_warning("removed sink is kept until its notices are settled sink=%s notices=%zu", queue->name,
                    waiting);
}

int router_reload(struct router *router, const struct sink_list *sinks,
                  const struct sink_config *default_sink, uint64_t in_use, struct err *err)
{
    if (add_sinks(router, sinks, default_sink, err) != 0)
        return err->code;
    share_pauses(router);
    router->sinks = sinks;
    for (unsigned i = 0; i < ROUTER_SINKS_MAX; i++) {
        if (router->queues[i] != NULL && !router->queues[i]->outbox.closing &&
            !sink_list_has(sinks, router->queues[i]->name))
            remove_sink(router, i, (in_use >> i & 1) != 0);
    }
    return 0;
}

void router_put(struct router *router, unsigned sink, struct digest_entry *entry)
{
    outbox_put(&router->queues[sink]->outbox, entry);
}

void router_gather(struct router *router)
{
    for (unsigned i = 0; i < ROUTER_SINKS_MAX; i++) {
        if (router->queues[i] != NULL)
            outbox_gather(&router->queues[i]->outbox);
    }
}

size_t router_waiting(const struct router *router)
{
    size_t waiting = 0;

    for (unsigned i = 0; i < ROUTER_SINKS_MAX; i++) {
        if (router->queues[i] != NULL)
            waiting += outbox_waiting(&router->queues[i]->outbox);
    }
    return waiting;
}

bool router_sink_failing(const struct router *router, unsigned sink)
{
    const struct sink_queue *queue = router->queues[sink];

    return queue != NULL && !outbox_healthy(&queue->outbox) && sink_list_has(router->sinks, queue->name);
}

bool router_healthy(const struct router *router)
{
    for (unsigned i = 0; i < ROUTER_SINKS_MAX; i++) {
        if (router_sink_failing(router, i))
            return false;
    }
    return true;
}

/* A queue is freed in a later loop iteration, so that the array does not change during the loop below. */
void router_close(struct router *router, uint64_t timeout_ms)
{
    if (router->closing)
        return;
    router->closing = true;
    if (router->queue_count == 0)
        router->ops->closed(router);
    for (unsigned i = 0; i < ROUTER_SINKS_MAX; i++) {
        if (router->queues[i] != NULL)
            sink_queue_close(router->queues[i], timeout_ms);
    }
}
