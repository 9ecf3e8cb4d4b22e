/* SPDX-License-Identifier: MIT */
#include "engine/restore.h"

#include <assert.h>

#include "engine/state.h"

/* What was due right before the end may have happened a little longer ago, with a wall clock that was set. */
#define RECENT_MORE_MS 60000

static_assert(FLAP_WINDOW_MS <= FLAP_STABLE_MS, "what is remembered is long enough for both");

static void on_meta(void *arg, const struct store_checkpoint *last, uint64_t last_event)
{
    struct restore *boot = arg;

    boot->stamp = (struct last_checkpoint){last->at_ms, (uint64_t)last->grace_ms};
    boot->last_event = last_event;
}

static void on_service(void *arg, const struct store_service *stored, const struct store_state *state)
{
    struct restore *boot = arg;

    if (state_from_store(boot->registry, stored, state, &boot->stamp)->availability == SERVICE_AVAILABLE)
        boot->live++;
}

static void on_owed(void *arg, const struct event *event)
{
    struct restore *boot = arg;
    struct event again = *event;

    again.maybe_told = true;
    router_add(boot->router, &again);
}

static void on_recent(void *arg, const struct event *event)
{
    struct restore *boot = arg;

    calm_remember(boot->calm, event, boot->stamp.last_alive_ms, boot->now_ms);
}

static bool on_is_sink(void *arg, const char *name)
{
    const struct restore *boot = arg;

    return router_has(boot->router, name);
}

int restore_load(struct restore *boot, struct store *store, struct err *err)
{
    static const struct store_load_ops ops = {
        .meta = on_meta,
        .service = on_service,
        .owed = on_owed,
        .recent = on_recent,
        .recent_ms = FLAP_STABLE_MS + RECENT_MORE_MS,
        .is_sink = on_is_sink,
        .default_sink = SINK_DEFAULT_NAME,
    };

    return store_load(store, &ops, boot, err);
}
