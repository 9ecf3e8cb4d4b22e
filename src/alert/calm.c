/* SPDX-License-Identifier: MIT */
#include "alert/calm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/owed.h"
#include "monitor/clock.h"
#include "notify/text.h"
#include "notify/words.h"

void calm_init(struct calm *calm, const struct registry *registry, const struct router *router,
               const struct calm_ops *ops, void *arg)
{
    *calm = (struct calm){.registry = registry, .router = router, .ops = ops, .arg = arg};
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
void calm_remember(struct calm *calm, const struct store_event *event, int64_t alive_ms, int64_t now_ms)
{
    int64_t lived_ms = before(now_ms, alive_ms - event->at_ms);

    switch ((enum notice_kind)event->kind) {
    case NOTICE_STATUS:
    case NOTICE_AVAILABLE:
    case NOTICE_UNAVAILABLE:
        (void)flap_change(&calm->flap, event->service, before(now_ms, clock_wall() - event->at_ms));
        if (event->spared[0] != '\0')
            begin_again(calm, event->service, lived_ms, event->spared);
        break;
    case NOTICE_FLAPPING:
        begin_again(calm, event->service, lived_ms, event->sinks);
        break;
    case NOTICE_STABLE:
        flap_end(&calm->flap, event->service);
        break;
    case NOTICE_MASS_LOSS:
    case NOTICE_REMARK:
        break;
    }
}

static void say_flapping(struct calm *calm, const char *service, const char *sinks)
{
    struct notice notice = {
        .kind = NOTICE_FLAPPING, .severity = NOTICE_WARNING, .service = service, .previous = ""};
    struct buf out = {0};
    char *text;

    text_put(&out, "%d changes in ", FLAP_CHANGES);
    words_duration(&out, calm->flap.times->window_ms);
    text = text_take(&out);
    notice.text = text;
    calm->ops->say(calm->arg, sinks, &notice);
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
    struct notice notice = {.kind = NOTICE_STABLE, .service = id, .text = "", .previous = ""};
    const char *text;

    if (service == NULL)
        return;
    if (service->presence == SERVICE_UNAVAILABLE)
        notice.previous = "not available";
    text = service->has_code ? service_text(service, service->code) : NULL;
    if (text != NULL) {
        notice.text = text;
        notice.severity = owed_severity(calm->router->plan, service->code, text);
    }
    calm->ops->say(calm->arg, sinks, &notice);
}

void calm_look(struct calm *calm, int64_t now_ms)
{
    flap_look(&calm->flap, now_ms, on_calm, calm);
}
