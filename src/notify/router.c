/* SPDX-License-Identifier: MIT */
#include "notify/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "notify"
#include "base/log.h"

/* "sink NAME: " and what it answered. */
#define REMARK_MAX (SINK_DETAIL_MAX + 64)

static struct outlet *find(const struct router *router, const char *name)
{
    struct outlet *outlet = router->outlets;

    while (outlet != NULL && strcmp(outlet->name, name) != 0)
        outlet = outlet->next;
    return outlet;
}

static void on_settled(struct outlet *outlet, const uint64_t *ids, size_t count, const char *fate)
{
    struct router *router = outlet->arg;

    router->ops->settled(router, outlet->name, ids, count, fate);
}

static void on_awaits(struct outlet *outlet, const char *service, uint64_t reports)
{
    struct router *router = outlet->arg;

    router->ops->awaits(router, service, reports);
}

/* Who is dead cannot say so itself. */
static void on_died(struct outlet *outlet, const char *reason)
{
    struct router *router = outlet->arg;
    const char *fallback = router->plan->fallback;
    char about[REMARK_MAX], text[REMARK_MAX];
    const struct event event = {
        .kind = EVENT_REMARK,
        .severity = reason != NULL ? EVENT_DANGER : EVENT_GOOD,
        .service = about,
        .text = text,
        .sinks = fallback,
    };

    if (fallback == NULL || router->closing || strcmp(fallback, outlet->name) == 0)
        return;
    (void)snprintf(about, sizeof about, "sink %s", outlet->name);
    if (reason != NULL)
        (void)snprintf(text, sizeof text, "takes no messages (%zu wait): %s", outlet_waiting(outlet), reason);
    else
        (void)snprintf(text, sizeof text, "takes messages again");
    router->ops->remark(router, &event);
}

static void on_outlet_closed(void *arg)
{
    struct router *router = arg;

    if (--router->outlet_count == 0 && router->ops != NULL)
        router->ops->closed(router);
}

static const struct outlet_ops outlet_ops = {
    .settled = on_settled, .awaits = on_awaits, .died = on_died, .closed = on_outlet_closed};

static int add_outlet(struct router *router, const char *name, const struct address *address, struct err *err)
{
    struct outlet **end = &router->outlets;
    struct outlet *outlet = find(router, name);

    if (outlet != NULL)
        return outlet_change(outlet, address, err);
    if (outlet_open(&outlet, router->loop, name, address, &outlet_ops, router, err) != 0)
        return err_wrap(err, "sink '%s'", name);
    while (*end != NULL)
        end = &(*end)->next;
    *end = outlet;
    router->outlet_count++;
    return 0;
}

/*
 * The addresses were checked before: what fails now is memory. Then the old plan stays, and a sink that was
 * opened for the new one waits for nothing.
 */
static int add_outlets(struct router *router, const struct plan *plan, const struct address *home,
                       struct err *err)
{
    int rc = add_outlet(router, PLAN_DEFAULT, home, err);

    for (unsigned i = 0; rc == 0 && i < plan->sinks_count; i++)
        rc = add_outlet(router, plan->sinks[i].name, &plan->sinks[i].address, err);
    return rc;
}

int router_open(struct router *router, uv_loop_t *loop, const struct plan *plan, const struct address *home,
                const struct router_ops *ops, struct err *err)
{
    *router = (struct router){.loop = loop, .plan = plan};
    if (add_outlets(router, plan, home, err) != 0) {
        router_close(router, 0);
        return err->code;
    }
    router->ops = ops;
    return 0;
}

/* A sink that only got another name is still asked to wait. */
static void share_pauses(struct router *router)
{
    for (struct outlet *outlet = router->outlets; outlet != NULL; outlet = outlet->next) {
        for (const struct outlet *other = router->outlets; other != NULL; other = other->next)
            outbox_share_pause(&outlet->outbox, &other->outbox);
    }
}

int router_change(struct router *router, const struct plan *plan, const struct address *home, struct err *err)
{
    if (add_outlets(router, plan, home, err) != 0)
        return err->code;
    share_pauses(router);
    for (const struct outlet *outlet = router->outlets; outlet != NULL; outlet = outlet->next) {
        if (outlet_waiting(outlet) > 0 && !plan_has(plan, outlet->name))
            log_warning("sink has left the configuration and is still owed sink=%s notices=%zu", outlet->name,
                        outlet_waiting(outlet));
    }
    router->plan = plan;
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
    struct plan_way ways[PLAN_WAYS_MAX];
    size_t count = plan_ways(router->plan, service, ways);

    *sinks = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!lists(spared, ways[i].sink))
            append(sinks, ways[i].sink);
    }
}

void router_calm_sinks(const struct router *router, const char *service, char sinks[ROUTER_SINKS_SIZE])
{
    struct plan_way ways[PLAN_WAYS_MAX];
    size_t count = plan_ways(router->plan, service, ways);

    *sinks = '\0';
    for (size_t i = 0; i < count; i++) {
        if (ways[i].route != NULL && ways[i].route->calm)
            append(sinks, ways[i].sink);
    }
}

void router_known_sinks(const struct router *router, const char *sinks, char known[ROUTER_SINKS_SIZE])
{
    *known = '\0';
    for (const struct outlet *outlet = router->outlets; outlet != NULL; outlet = outlet->next) {
        if (lists(sinks, outlet->name))
            append(known, outlet->name);
    }
    if (*known == '\0')
        append(known, PLAN_DEFAULT);
}

static bool has_route(const struct plan *plan, const char *sink)
{
    for (unsigned i = 0; i < plan->routes_count; i++) {
        if (strcmp(plan->routes[i].sink, sink) == 0)
            return true;
    }
    return false;
}

void router_all_sinks(const struct router *router, char sinks[ROUTER_SINKS_SIZE])
{
    *sinks = '\0';
    append(sinks, PLAN_DEFAULT);
    for (unsigned i = 0; i < router->plan->sinks_count; i++) {
        if (has_route(router->plan, router->plan->sinks[i].name))
            append(sinks, router->plan->sinks[i].name);
    }
}

/* How long bad news about the service is held back from the sink, by the plan of today. */
static struct patience patience_for(const struct router *router, const char *sink, const char *service)
{
    struct plan_way ways[PLAN_WAYS_MAX];
    size_t count = plan_ways(router->plan, service, ways);

    for (size_t i = 0; i < count; i++) {
        const struct plan_route *route = ways[i].route;

        /* The first report is the bad news itself. */
        if (route != NULL && route->notify_after_reports != 1 && strcmp(ways[i].sink, sink) == 0)
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
        outlet_add(find(router, name), event, patience_for(router, name, event->service));
}

void router_heard(struct router *router, const char *service, uint64_t reports)
{
    for (struct outlet *outlet = router->outlets; outlet != NULL; outlet = outlet->next)
        outlet_heard(outlet, service, reports);
}

void router_gather(struct router *router)
{
    for (struct outlet *outlet = router->outlets; outlet != NULL; outlet = outlet->next)
        outbox_gather(&outlet->outbox);
}

size_t router_waiting(const struct router *router)
{
    size_t waiting = 0;

    for (const struct outlet *outlet = router->outlets; outlet != NULL; outlet = outlet->next)
        waiting += outlet_waiting(outlet);
    return waiting;
}

const struct outlet *router_ailing(const struct router *router, const struct outlet *outlet)
{
    outlet = outlet != NULL ? outlet->next : router->outlets;
    while (outlet != NULL && (outbox_healthy(&outlet->outbox) || !plan_has(router->plan, outlet->name)))
        outlet = outlet->next;
    return outlet;
}

bool router_healthy(const struct router *router)
{
    return router_ailing(router, NULL) == NULL;
}

/* An outlet may be freed as soon as the loop turns, not before. */
void router_close(struct router *router, uint64_t grace_ms)
{
    if (router->closing)
        return;
    router->closing = true;
    for (struct outlet *outlet = router->outlets; outlet != NULL; outlet = outlet->next)
        outlet_close(outlet, grace_ms);
}
