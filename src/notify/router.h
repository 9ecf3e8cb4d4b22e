/* SPDX-License-Identifier: MIT */
/*
 * router - the sinks of the configuration, each with its queue, by a number that fits a bit set.
 *
 * Embedded in the engine; after router_close the memory must stay until `closed` was called. Loop thread
 * only. Which sink hears of an event is the engine's decision; the router hands each sink what it owes. The
 * sink of SINK_DEFAULT_NAME always exists, and is number 0.
 *
 * A sink that leaves the configuration keeps its number and its queue while it is owed something; new notices
 * do not go there. After the next start what it is owed belongs to the default sink.
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

/* As many as a uint64_t has bits: the configured ones, and those that have left and still owe something. */
#define ROUTER_SINKS_MAX 64
#define ROUTER_DEFAULT_SINK 0

struct router;

struct router_ops {
    /* The sink does not owe these notices any more; `outcome` is a word for the history. Never from inside
     * router_put. */
    void (*settled)(struct router *router, unsigned sink, const uint64_t *ids, size_t count,
                    const char *outcome);
    /* A sink has failed, or takes messages again: the fallback sink is to be told. The event has no id and no
     * time yet, and lives during the call. */
    void (*remark)(struct router *router, unsigned fallback, const struct event *event);
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
 * `sinks` must outlive the router, or the next router_reload; the list is checked already. On failure
 * router_close is called all the same.
 */
int router_open(struct router *router, uv_loop_t *loop, const struct sink_list *sinks,
                const struct sink_config *default_sink, const struct router_ops *ops, struct err *err);

/*
 * Another list. Every failing sink is tried again at once. `in_use`: the sinks that the caller still has
 * notices for. On error the old list stays.
 */
int router_reload(struct router *router, const struct sink_list *sinks,
                  const struct sink_config *default_sink, uint64_t in_use, struct err *err);

/* The number of a sink; -1: there is none of that name. */
int router_find(const struct router *router, const char *name);
const char *router_name(const struct router *router, unsigned sink);

/* Takes a notice for the sink, or several about one service that are merged already. */
void router_put(struct router *router, unsigned sink, struct digest_entry *entry);

/* What is put from here until the loop turns is one message to each sink that has none in flight. */
void router_gather(struct router *router);

/* Notices not settled yet, each as often as it is owed. */
size_t router_waiting(const struct router *router);

/* Whether the sink is configured and its last message failed. */
bool router_sink_failing(const struct router *router, unsigned sink);

/* Whether each configured sink took the last message that it was sent. */
bool router_healthy(const struct router *router);

/* Gives each request in flight up to `grace_ms`, then `closed`, from inside if no sink is open. What waits
 * stays owed. Idempotent. */
void router_close(struct router *router, uint64_t grace_ms);

#endif
