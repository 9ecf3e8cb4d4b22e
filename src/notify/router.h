/* SPDX-License-Identifier: MIT */
/*
 * router - the queues of a table, and which of them each event goes to.
 *
 * Embedded in the engine; after router_close the memory must stay until `closed` was called. Loop thread
 * only. The sink of SINK_DEFAULT_NAME is always there.
 *
 * A sink that leaves the table keeps its queue until the end: what it was owed goes there still, new notices
 * do not. After the next start its rest belongs to the default sink.
 */
#ifndef PROCJON_NOTIFY_ROUTER_H
#define PROCJON_NOTIFY_ROUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "notify/sink_queue.h"
#include "notify/routing_table.h"

struct router;

struct router_ops {
    /* `sink` needs these notices no more; see queue.h. Never from inside router_add. */
    void (*settled)(struct router *router, const char *sink, const uint64_t *ids, size_t count,
                    const char *outcome);
    /* Asks for router_heard when the service has reported so often: at once if it has. */
    void (*awaits)(struct router *router, const char *service, uint64_t reports);
    /* People should be told this as well. It has no id and no time yet, and lives during the call. */
    void (*remark)(struct router *router, const struct event *event);
    void (*closed)(struct router *router);
};

struct router {
    uv_loop_t *loop;
    const struct router_ops *ops;
    const struct routing_table *table; /* borrowed */
    struct sink_queue *queues; /* in the order they were opened: the default one first; for who shows them */
    size_t queue_count;
    bool closing;
};

/*
 * `table` must outlive the router, or the next router_change; it is checked already. `default_sink` is the
 * address of the default sink. On failure nothing is open, but the loop must run before the memory may go.
 */
int router_open(struct router *router, uv_loop_t *loop, const struct routing_table *table,
                const struct sink_config *default_sink, const struct router_ops *ops, struct err *err);

/* Another table. Every sink that fails is tried again at once. On error the old table stays. */
int router_change(struct router *router, const struct routing_table *table,
                  const struct sink_config *default_sink, struct err *err);

bool router_has(const struct router *router, const char *sink);

/* The names of all sinks, with commas between, and a NUL. */
#define ROUTER_SINKS_SIZE ((size_t)ROUTE_MATCHES_MAX * (SINK_NAME_MAX + 1))

/* The sinks that a service leads to now but for those in `spared`, with commas between. */
void router_sinks(const struct router *router, const char *service, const char *spared,
                  char sinks[ROUTER_SINKS_SIZE]);

/* Those whose route wants calm while the service flaps; may be none. */
void router_calm_sinks(const struct router *router, const char *service, char sinks[ROUTER_SINKS_SIZE]);

/* Those of `sinks` that there are; the default one if there are none. */
void router_known_sinks(const struct router *router, const char *sinks, char known[ROUTER_SINKS_SIZE]);

/* All sinks that any service leads to, and the default one: for what is about no service. */
void router_all_sinks(const struct router *router, char sinks[ROUTER_SINKS_SIZE]);

/* To event->sinks, which were the service's when it happened; none is fine. */
void router_add(struct router *router, const struct event *event);

/* The service has reported so often, and all that it changed by that was added. */
void router_heard(struct router *router, const char *service, uint64_t reports);

/* What is added from here until the loop turns is one message to each sink that has none in flight. */
void router_gather(struct router *router);

/* Notices not settled yet, each as often as it is owed. */
size_t router_waiting(const struct router *router);

/* Whether each sink of the table took the last message that it was sent. */
bool router_healthy(const struct router *router);

/* The first behind `queue` (NULL: of all) that did not; NULL: there is none. */
const struct sink_queue *router_ailing(const struct router *router, const struct sink_queue *queue);

/* Gives each request in flight up to `grace_ms`. What waits stays owed. Idempotent. */
void router_close(struct router *router, uint64_t grace_ms);

#endif
