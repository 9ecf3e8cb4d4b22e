/* SPDX-License-Identifier: MIT */
#include "engine/engine.h"

#include <assert.h>

#include "engine/engine_parts.h"

const struct service *engine_find(const struct engine *engine, const char *id, size_t id_size)
{
    return registry_find(&engine->registry, id, id_size);
}

void engine_snapshot(const struct engine *engine, const struct service *service,
                     struct service_snapshot *snapshot)
{
    registry_snapshot(&engine->registry, service, snapshot);
}

size_t engine_count(const struct engine *engine)
{
    return registry_count(&engine->registry);
}

void engine_each(const struct engine *engine, engine_each_cb each, void *arg)
{
    registry_each(&engine->registry, each, arg);
}

void engine_counters(const struct engine *engine, struct engine_counters *counters)
{
    const struct registry *registry = &engine->registry;

    *counters = (struct engine_counters){
        .reports = registry->reports,
        .unknown_codes = registry->unknown_codes,
        .store_pending = store_pending(&engine->store),
        .store_failing = store_failing(&engine->store),
        .sinks_healthy = router_healthy(&engine->router),
        .checkpoint_age_ms = uv_now(registry->loop) - engine->checkpoint.stored_ms,
    };
    for (size_t kind = 0; kind < TRANSITION_KINDS; kind++)
        counters->transitions[kind] = registry->transitions[kind];
}

static void add_outcome(struct engine_sink *sink, const char *name, uint64_t value)
{
    sink->outcomes[sink->outcome_count++] = (struct engine_count){name, value};
}

static void view_sink(const struct engine *engine, unsigned number, struct engine_sink *sink)
{
    const struct router *router = &engine->router;
    const struct dispatcher *dispatcher = &engine->dispatcher;
    struct outbox_stats stats;

    static_assert(OUTBOX_OUTCOMES + STAGES <= ENGINE_OUTCOMES_MAX, "a view has room for all");
    static_assert(SINK_VERDICTS <= ENGINE_ANSWERS_MAX, "a view has room for all");
    static_assert(ROUTER_SINKS_MAX <= ENGINE_SINKS_MAX, "a view has room for all");
    static_assert(SINK_NAME_MAX <= ENGINE_SINK_NAME_MAX, "a view has room for all");
    outbox_stats(&router->queues[number]->outbox, &stats);
    *sink = (struct engine_sink){
        .name = router_name(router, number),
        .waiting = stats.waiting + dispatcher_waiting(dispatcher, number),
        .configured = sink_list_has(router->sinks, router_name(router, number)),
        .healthy = stats.state == SINK_DELIVERED,
        .answer = sink_verdict_name(stats.state),
    };
    for (size_t i = 0; i < OUTBOX_OUTCOMES; i++)
        add_outcome(sink, outbox_outcome_names[i], stats.settled[i]);
    add_outcome(sink, "flapping", dispatcher->suppressed[number][STAGE_FLAPPING]);
    add_outcome(sink, "recovered_in_time", dispatcher->suppressed[number][STAGE_NOTIFY_AFTER]);
    for (enum sink_verdict verdict = 0; verdict < SINK_VERDICTS; verdict++)
        sink->answers[sink->answer_count++] =
            (struct engine_count){sink_verdict_name(verdict), stats.answers[verdict]};
}

void engine_each_sink(const struct engine *engine, engine_each_sink_cb each, void *arg)
{
    for (unsigned number = 0; number < ROUTER_SINKS_MAX; number++) {
        struct engine_sink sink;

        if (engine->router.queues[number] == NULL)
            continue;
        view_sink(engine, number, &sink);
        each(arg, &sink);
    }
}
