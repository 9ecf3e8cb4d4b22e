/* SPDX-License-Identifier: MIT */
/*
 * web_bed - the web interface of a server of which only the registry is open; the counters are set by hand.
 *
 * Include after cmocka.h. bed_setup and bed_teardown are for cmocka; *state is the bed.
 */
#ifndef PROCJON_TEST_WEB_BED_H
#define PROCJON_TEST_WEB_BED_H

#include <stdio.h>
#include <string.h>

#include "api/web/web.h"
#include "engine/engine_parts.h"
#include "http_peer.h"
#include "registry_quiet.h"

struct bed {
    uv_loop_t loop;
    struct engine engine; /* only its registry is open */
    struct sink_list sinks;
    struct sink_queue default_sink, team; /* not open; their stats are set by hand */
    struct web_reloads reloads;
    struct server server;
    struct web web;
    struct report_stream stream;
    struct http_peer client;
    const char *address;
    bool web_closed, registry_closed;
};

static inline void bed_on_registry_closed(struct registry *registry)
{
    container_of(registry, struct bed, engine.registry)->registry_closed = true;
}

static inline void bed_on_web_closed(struct web *web)
{
    struct bed *bed = container_of(web, struct bed, web);

    bed->web_closed = true;
    report_stream_done(&bed->stream);
    registry_close(&bed->engine.registry);
}

static const struct registry_ops bed_registry_ops = {
    .transition = quiet_transition, .checkpoint_soon = quiet_event, .closed = bed_on_registry_closed};

static inline int bed_setup(void **state)
{
    static struct named_sink team = {.name = (char *)"team"};
    static struct bed bed;
    const struct web_context context = {
        .engine = &bed.engine, .server = &bed.server, .reloads = &bed.reloads, .version = "1.2\"\\"};
    struct err err;

    bed = (struct bed){.sinks = {.sinks = &team, .sinks_count = 1},
                       .default_sink = {.name = (char *)SINK_DEFAULT_NAME},
                       .team = {.name = team.name},
                       .engine = {.router = {.sinks = &bed.sinks, .queues = {&bed.default_sink, &bed.team}}}};
    *state = &bed;
    assert_int_equal(uv_loop_init(&bed.loop), 0);
    registry_open(&bed.engine.registry, &bed.loop, REGISTRY_GRACE_DEFAULT, 0, &bed_registry_ops);
    assert_int_equal(web_open(&bed.web, &bed.loop, "127.0.0.1:0", false, &context, &err), 0);
    bed.address = bed.web.http_server.listeners[0].listener.text;
    return 0;
}

static inline int bed_teardown(void **state)
{
    struct bed *bed = *state;

    web_close(&bed->web, bed_on_web_closed);
    web_close(&bed->web, bed_on_web_closed);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    assert_true(bed->web_closed && bed->registry_closed);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
    return 0;
}

static inline void bed_add(struct bed *bed, const char *id)
{
    static const struct service_status statuses[] = {{0, (char *)"ok"}, {1, (char *)"a <b>bad</b> \"day\""}};

    (void)registry_register(&bed->engine.registry, id, strlen(id), statuses, 2, 3600000);
}

static inline void bed_report(struct bed *bed, const char *id, int32_t code)
{
    assert_true(registry_report(&bed->engine.registry, &bed->stream, id, strlen(id), code));
}

static inline char *bed_get(struct bed *bed, const char *path)
{
    return http_peer_get(&bed->client, &bed->loop, bed->address, path);
}

static inline void bed_assert_status(const struct bed *bed, const char *status)
{
    assert_memory_equal((const char *)bed->client.got.data + strlen("HTTP/1.1 "), status, strlen(status));
}

#endif
