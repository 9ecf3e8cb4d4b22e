/* SPDX-License-Identifier: MIT */
#include "engine/calm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_format.h"
#include "base/buf.h"
#include "base/wall_clock.h"

void calm_init(struct calm *calm, const struct registry *registry, const struct router *router,
               event_say_cb say, void *arg)
{
    *calm = (struct calm){.registry = registry, .router = router, .say = say, .arg = arg};
    flap_init(&calm->flap, &flap_times_usual);
}

void calm_fini(struct calm *calm)
{
    flap_fini(&calm->flap);
}

static int64_t before(int64_t now_ms, int64_t ago_ms)
{
    return ago_ms > 0 ? now_ms - ago_ms : now_ms;
}

/* It flaps still. A sink that is no more is owed nothing by name: the default one hears the end. */
static void begin_again(struct calm *calm, const char *service, int64_t at_ms, const char *sinks)
{
    char known[ROUTER_SINKS_SIZE];

    router_known_sinks(calm->router, sinks, known);
    flap_begin(&calm->flap, service, at_ms, known);
}

/*
 * Changes are counted on the wall clock, so that a long stop keeps those before it and those after it apart.
 * But the time of a stop is no rest: nobody knows what the service did.
 */
void calm_remember(struct calm *calm, const struct event *event, int64_t last_alive_ms, int64_t now_ms)
{
    int64_t lived_ms = before(now_ms, last_alive_ms - event->at_ms);

    switch (event->kind) {
    case EVENT_STATUS:
    case EVENT_AVAILABLE:
    case EVENT_UNAVAILABLE:
        (void)flap_change(&calm->flap, event->service, before(now_ms, wall_clock_now() - event->at_ms));
        if (event->spared[0] != '\0')
            begin_again(calm, event->service, lived_ms, event->spared);
        break;
    case EVENT_FLAPPING:
        begin_again(calm, event->service, lived_ms, event->sinks);
        break;
    case EVENT_STABLE:
        flap_end(&calm->flap, event->service);
        break;
    case EVENT_MASS_OUTAGE:
    case EVENT_REMARK:
        break;
    }
}

static void say_flapping(struct calm *calm, const char *service, const char *sinks)
{
    struct event event = {
        .kind = EVENT_FLAPPING, .severity = EVENT_WARNING, .service = service, .sinks = sinks};
    struct buf out = {0};
    char *text;

    buf_printf(&out, "%d changes in ", FLAP_CHANGES);
    time_format_span(&out, calm->flap.times->window_ms);
    text = buf_take(&out);
    event.text = text;
    calm->say(calm->arg, &event);
    free(text);
}

void calm_change(struct calm *calm, const char *service, int64_t now_ms, char spared[ROUTER_SINKS_SIZE])
{
    const char *sinks = flap_sinks(&calm->flap, service);

    router_calm_sinks(calm->router, service, spared);
    if (*spared == '\0' && sinks == NULL)
        return;
    if (flap_change(&calm->flap, service, now_ms)) {
        say_flapping(calm, service, spared);
        flap_begin(&calm->flap, service, now_ms, spared);
        return;
    }
    (void)snprintf(spared, ROUTER_SINKS_SIZE, "%s", sinks != NULL ? sinks : "");
}

static void on_calm(void *arg, const char *id, const char *sinks)
{
    struct calm *calm = arg;
    const struct service *service = registry_find(calm->registry, id, strlen(id));
    struct event event = {.kind = EVENT_STABLE, .service = id, .sinks = sinks};
    const char *text;

    if (service == NULL)
        return;
    if (service->availability == SERVICE_UNAVAILABLE)
        event.previous = "not available";
    text = service->has_code ? service_text(service, service->code) : NULL;
    if (text != NULL) {
        event.text = text;
        event.severity = routing_table_severity(calm->router->table, service->code, text);
    }
    calm->say(calm->arg, &event);
}

void calm_look(struct calm *calm, int64_t now_ms)
{
    flap_look(&calm->flap, now_ms, on_calm, calm);
}
