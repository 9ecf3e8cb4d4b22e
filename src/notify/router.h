/* SPDX-License-Identifier: MIT */
/*
 * router - the sinks of the configuration, each with its own queue, numbered so that a bit set can name them.
 *
 * Embedded in the engine; after router_close the memory must stay until `closed` was called. Loop thread
 * only. The engine decides which sinks are notified of an event; the router passes each notice to the queue
 * of its sink. The sink SINK_DEFAULT_NAME always exists and has the number 0.
 *
 * A sink that is removed from the configuration keeps its number and its queue until its notices are settled,
 * and gets no new ones. After a restart its notices are sent to the default sink.
 */
#ifndef PROCJON_NOTIFY_ROUTER_H
#define PROCJON_NOTIFY_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "notify/sink_list.h"
#include "notify/sink_queue.h"

/* The bits of a uint64_t: SINKS_MAX configured ones, and removed ones whose notices are not settled. */
#define ROUTER_SINKS_MAX 64
#define ROUTER_DEFAULT_SINK 0

struct router;

struct router_ops {
    /* See outbox_ops.settled. Never called from inside router_put. */
    void (*settled)(struct router *router, unsigned sink, const uint64_t *ids, size_t count,
                    const char *outcome);
    /* A sink has failed, or accepts messages again, and the fallback sink must be notified. `event` has no id
     * and no time yet, and is valid during the call. */
    void (*remark)(struct router *router, unsigned fallback, const struct event *event);
    /* Every queue is closed, and the memory may go. */
    void (*closed)(struct router *router);
};

struct router {
    uv_loop_t *loop;
    const struct router_ops *ops;
    const struct sink_list *sinks;               /* borrowed */
    struct sink_queue *queues[ROUTER_SINKS_MAX]; /* owned; NULL: the number is free */
    size_t queue_count;
    bool closing;
};

/*
 * `sinks`, which sink_list_check has accepted, must stay valid until the next router_reload or `closed`.
 * On failure router_close must be called all the same.
 */
int router_open(struct router *router, uv_loop_t *loop, const struct sink_list *sinks,
                const struct sink_config *default_sink, const struct router_ops *ops, struct err *err);

/*
 * Applies a new list, and tries every failing sink again at once. `in_use` is the bit set of the sinks that
 * the caller still holds notices for. On failure the old list stays.
 */
int router_reload(struct router *router, const struct sink_list *sinks,
                  const struct sink_config *default_sink, uint64_t in_use, struct err *err);

/* The number of the sink of this name, or -1. */
int router_find(const struct router *router, const char *name);

/* `sink` must be in use. */
const char *router_name(const struct router *router, unsigned sink);

/* See outbox_put; `sink` must be in use. */
void router_put(struct router *router, unsigned sink, struct digest_entry *entry);

/* See outbox_gather: of all queues. */
void router_gather(struct router *router);

/* The number of notices that are not settled; a notice for two sinks counts twice. */
size_t router_waiting(const struct router *router);

/* Whether the sink is configured and its last message has failed. */
bool router_sink_failing(const struct router *router, unsigned sink);

/* Whether every configured sink has accepted its last message. */
bool router_healthy(const struct router *router);

/* See outbox_close: of all queues. `closed` is called from inside if no sink is open. Idempotent. */
void router_close(struct router *router, uint64_t timeout_ms);

#endif
