/* SPDX-License-Identifier: MIT */
#include "notify/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "notify"
#include "base/log.h"

/* "sink NAME: " and what it answered. */
#define REMARK_MAX (SINK_DETAIL_MAX + 64)

static struct sink_queue *find(const struct router *router, const char *name)
{
    struct sink_queue *queue = router->queues;

    while (queue != NULL && strcmp(queue->name, name) != 0)
        queue = queue->next;
    return queue;
}

static void on_settled(struct sink_queue *queue, const uint64_t *ids, size_t count, const char *outcome)
{
    struct router *router = queue->arg;

    router->ops->settled(router, queue->name, ids, count, outcome);
}

static void on_awaits(struct sink_queue *queue, const char *service, uint64_t reports)
{
    struct router *router = queue->arg;

    router->ops->awaits(router, service, reports);
}

/* Who is dead cannot say so itself. */
static void on_died(struct sink_queue *queue, const char *reason)
{
    struct router *router = queue->arg;
    const char *fallback = router->table->fallback;
    char about[REMARK_MAX], text[REMARK_MAX];
    const struct event event = {
        .kind = EVENT_REMARK,
        .severity = reason != NULL ? EVENT_DANGER : EVENT_GOOD,
        .service = about,
        .text = text,
        .sinks = fallback,
    };

    if (fallback == NULL || router->closing || strcmp(fallback, queue->name) == 0)
        return;
    (void)snprintf(about, sizeof about, "sink %s", queue->name);
    if (reason != NULL)
        (void)snprintf(text, sizeof text, "takes no messages (%zu wait): %s", sink_queue_waiting(queue),
                       reason);
    else
        (void)snprintf(text, sizeof text, "takes messages again");
    router->ops->remark(router, &event);
}

static void on_outlet_closed(void *arg)
{
    struct router *router = arg;

    if (--router->queue_count == 0 && router->ops != NULL)
        router->ops->closed(router);
}

static const struct sink_queue_ops sink_queue_ops = {
    .settled = on_settled, .awaits = on_awaits, .died = on_died, .closed = on_outlet_closed};

static int add_outlet(struct router *router, const char *name, const struct sink_config *address,
                      struct err *err)
{
    struct sink_queue **end = &router->queues;
    struct sink_queue *queue = find(router, name);

    if (queue != NULL)
        return sink_queue_change(queue, address, err);
    if (sink_queue_open(&queue, router->loop, name, address, &sink_queue_ops, router, err) != 0)
        return err_wrap(err, "sink '%s'", name);
    while (*end != NULL)
        end = &(*end)->next;
    *end = queue;
    router->queue_count++;
    return 0;
}

/*
 * The addresses were checked before: what fails now is memory. Then the old table stays, and a sink that was
 * opened for the new one waits for nothing.
 */
static int add_outlets(struct router *router, const struct routing_table *table,
                       const struct sink_config *default_sink, struct err *err)
{
    int rc = add_outlet(router, SINK_DEFAULT_NAME, default_sink, err);

    for (unsigned i = 0; rc == 0 && i < table->sinks_count; i++)
        rc = add_outlet(router, table->sinks[i].name, &table->sinks[i].address, err);
    return rc;
}

int router_open(struct router *router, uv_loop_t *loop, const struct routing_table *table,
                const struct sink_config *default_sink, const struct router_ops *ops, struct err *err)
{
    *router = (struct router){.loop = loop, .table = table};
    if (add_outlets(router, table, default_sink, err) != 0) {
        router_close(router, 0);
        return err->code;
    }
    router->ops = ops;
    return 0;
}

/* A sink that only got another name is still asked to wait. */
static void share_pauses(struct router *router)
{
    for (struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next) {
        for (const struct sink_queue *other = router->queues; other != NULL; other = other->next)
            outbox_share_pause(&queue->outbox, &other->outbox);
    }
}

int router_change(struct router *router, const struct routing_table *table,
                  const struct sink_config *default_sink, struct err *err)
{
    if (add_outlets(router, table, default_sink, err) != 0)
        return err->code;
    share_pauses(router);
    for (const struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next) {
        if (sink_queue_waiting(queue) > 0 && !routing_table_has(table, queue->name))
            log_warning("sink has left the configuration and is still owed sink=%s notices=%zu", queue->name,
                        sink_queue_waiting(queue));
    }
    router->table = table;
    return 0;
}

bool router_has(const struct router *router, const char *sink)
{
    return find(router, sink) != NULL;
}

static void append(char sinks[ROUTER_SINKS_SIZE], const char *name)
{
    size_t used = strlen(sinks);

    (void)snprintf(sinks + used, ROUTER_SINKS_SIZE - used, "%s%s", used > 0 ? "," : "", name);
}

/* Whether the list with commas has the name. */
static bool lists(const char *sinks, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = sinks; *at != '\0'; at += strcspn(at, ","), at += *at == ',') {
        if (strcspn(at, ",") == length && memcmp(at, name, length) == 0)
            return true;
    }
    return false;
}

void router_sinks(const struct router *router, const char *service, const char *spared,
                  char sinks[ROUTER_SINKS_SIZE])
{
    struct route_match matches[ROUTE_MATCHES_MAX];
    size_t count = routing_table_match(router->table, service, matches);

    *sinks = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!lists(spared, matches[i].sink))
            append(sinks, matches[i].sink);
    }
}

void router_calm_sinks(const struct router *router, const char *service, char sinks[ROUTER_SINKS_SIZE])
{
    struct route_match matches[ROUTE_MATCHES_MAX];
    size_t count = routing_table_match(router->table, service, matches);

    *sinks = '\0';
    for (size_t i = 0; i < count; i++) {
        if (matches[i].route != NULL && matches[i].route->calm)
            append(sinks, matches[i].sink);
    }
}

void router_known_sinks(const struct router *router, const char *sinks, char known[ROUTER_SINKS_SIZE])
{
    *known = '\0';
    for (const struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next) {
        if (lists(sinks, queue->name))
            append(known, queue->name);
    }
    if (*known == '\0')
        append(known, SINK_DEFAULT_NAME);
}

static bool has_route(const struct routing_table *table, const char *sink)
{
    for (unsigned i = 0; i < table->routes_count; i++) {
        if (strcmp(table->routes[i].sink, sink) == 0)
            return true;
    }
    return false;
}

void router_all_sinks(const struct router *router, char sinks[ROUTER_SINKS_SIZE])
{
    *sinks = '\0';
    append(sinks, SINK_DEFAULT_NAME);
    for (unsigned i = 0; i < router->table->sinks_count; i++) {
        if (has_route(router->table, router->table->sinks[i].name))
            append(sinks, router->table->sinks[i].name);
    }
}

/* How long bad news about the service is held back from the sink, by the table of today. */
static struct patience patience_for(const struct router *router, const char *sink, const char *service)
{
    struct route_match matches[ROUTE_MATCHES_MAX];
    size_t count = routing_table_match(router->table, service, matches);

    for (size_t i = 0; i < count; i++) {
        const struct route *route = matches[i].route;

        /* The first report is the bad news itself. */
        if (route != NULL && route->notify_after_reports != 1 && strcmp(matches[i].sink, sink) == 0)
            return (struct patience){(uint64_t)route->notify_after_s * 1000, route->notify_after_reports};
    }
    return (struct patience){0, 0};
}

void router_add(struct router *router, const struct event *event)
{
    char copy[ROUTER_SINKS_SIZE];
    char *rest = copy;

    (void)snprintf(copy, sizeof copy, "%s", event->sinks);
    if (*copy == '\0')
        return;
    for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ","))
        sink_queue_add(find(router, name), event, patience_for(router, name, event->service));
}

void router_heard(struct router *router, const char *service, uint64_t reports)
{
    for (struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next)
        sink_queue_heard(queue, service, reports);
}

void router_gather(struct router *router)
{
    for (struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next)
        outbox_gather(&queue->outbox);
}

size_t router_waiting(const struct router *router)
{
    size_t waiting = 0;

    for (const struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next)
        waiting += sink_queue_waiting(queue);
    return waiting;
}

const struct sink_queue *router_ailing(const struct router *router, const struct sink_queue *queue)
{
    queue = queue != NULL ? queue->next : router->queues;
    while (queue != NULL &&
           (outbox_healthy(&queue->outbox) || !routing_table_has(router->table, queue->name)))
        queue = queue->next;
    return queue;
}

bool router_healthy(const struct router *router)
{
    return router_ailing(router, NULL) == NULL;
}

/* An queue may be freed as soon as the loop turns, not before. */
void router_close(struct router *router, uint64_t grace_ms)
{
    if (router->closing)
        return;
    router->closing = true;
    for (struct sink_queue *queue = router->queues; queue != NULL; queue = queue->next)
        sink_queue_close(queue, grace_ms);
}
