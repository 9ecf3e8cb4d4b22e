/* SPDX-License-Identifier: MIT */
/*
 * calm - where a service changes all the time, the sinks whose routes want that hear so once, and not of each
 * change; and where it is, when it has come to rest.
 *
 * Embedded in the engine. Pure but for the registry and the router that it reads. It stores nothing: who is
 * spared a change is stored with the change, so that what the store remembers of the last FLAP_STABLE_MS says
 * all of it; a restart repeats neither word and forgets none. That the service flaps is said before the
 * change with which it began is stored: of the two, the word may be there alone.
 *
 * Changes count as they happen, with or without patience in the route.
 */
#ifndef PROCJON_ENGINE_CALM_H
#define PROCJON_ENGINE_CALM_H

#include <stdint.h>

#include "engine/event_build.h"
#include "engine/registry.h"
#include "engine/suppression/flap.h"
#include "notify/router.h"

struct calm {
    struct flap flap;
    const struct registry *registry;
    const struct router *router;
    event_say_cb say;
    void *arg;
};

void calm_init(struct calm *calm, const struct registry *registry, const struct router *router,
               event_say_cb say, void *arg);
void calm_fini(struct calm *calm);

/* At boot: what happened lately, in its order; `last_alive_ms`: the last alive stamp. Loop time. */
void calm_remember(struct calm *calm, const struct event *event, int64_t last_alive_ms, int64_t now_ms);

/* The service is about to change. `spared`: the sinks that are not told, with commas between. Loop time. */
void calm_change(struct calm *calm, const char *service, int64_t now_ms, char spared[ROUTER_SINKS_SIZE]);

/* Now and then: says of each service that came to rest where that is. Loop time. */
void calm_look(struct calm *calm, int64_t now_ms);

#endif
