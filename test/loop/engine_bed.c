/* SPDX-License-Identifier: MIT */
#include "engine_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/store_by_hand.h"
#include "../lib/store_fixture.h"
#include "base/mem.h"
#include "virtual_clock.h"

#define TIMEOUT_MS 3600000
#define BED_STATUSES_MAX 4

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing more happened for %d ms", BED_WATCHDOG_MS);
}

static void on_engine_closed(void *arg)
{
    ((struct bed *)arg)->open = false;
}

void bed_open_engine(struct bed *bed)
{
    const struct sink_config slack = {.kind = SINK_CONFIG_SLACK, .url = bed->slack.url};
    const struct engine_options options = {
        .directory = bed->directory,
        .table = &bed->table,
        .sinks = &bed->sinks,
        .default_sink = &slack,
        .history_days = 93,
    };
    struct err err;

    if (engine_open(&bed->engine, &bed->loop, &options, &err) != 0)
        fail_msg("%s", err.msg);
    bed->open = true;
}

void bed_reload(struct bed *bed, bool with_team)
{
    const struct sink_config slack = {.kind = SINK_CONFIG_SLACK, .url = bed->slack.url};
    const struct engine_options options = {
        .table = &bed->table, .sinks = &bed->sinks, .default_sink = &slack};
    struct err err;

    bed->team = (struct named_sink){.name = (char *)"team",
                                    .config = {.kind = SINK_CONFIG_SLACK, .url = bed->watcher.url}};
    bed->sinks = (struct sink_list){.sinks = &bed->team, .sinks_count = with_team};
    assert_int_equal(engine_reload(bed->engine, &options, &err), 0);
}

void bed_close_engine(struct bed *bed)
{
    engine_close(bed->engine, on_engine_closed, bed);
    while (bed->open)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

int bed_set_up(void **state)
{
    struct bed *bed = mem_zalloc(sizeof *bed);

    virtual_clock_start();
    store_fixture_make_directory(bed->directory, sizeof bed->directory);
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    (void)uv_timer_init(&bed->loop, &bed->watchdog);
    (void)uv_timer_start(&bed->watchdog, on_watchdog, BED_WATCHDOG_MS, 0);
    standin_open(&bed->slack, &bed->loop);
    standin_open(&bed->watcher, &bed->loop);
    standin_listen(&bed->slack);
    standin_listen(&bed->watcher);
    bed_open_engine(bed);
    *state = bed;
    return 0;
}

int bed_tear_down(void **state)
{
    struct bed *bed = *state;

    if (bed->open)
        bed_close_engine(bed);
    standin_close(&bed->slack);
    standin_close(&bed->watcher);
    uv_close((uv_handle_t *)&bed->watchdog, NULL);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
    standin_fini(&bed->slack);
    standin_fini(&bed->watcher);
    store_fixture_remove_directory(bed->directory);
    free(bed);
    return 0;
}

static void on_registered(void *arg, const struct err *err)
{
    assert_null(err);
    ++*(size_t *)arg;
}

static const char *name_of(size_t number)
{
    static char name[24];

    (void)snprintf(name, sizeof name, "s%zu", number);
    return name;
}

void bed_report(struct bed *bed, size_t number)
{
    const char *name = name_of(number);

    assert_true(registry_report(&bed->engine->registry, &bed->streams[number], name, strlen(name), 0));
}

void bed_lose(struct bed *bed, size_t number)
{
    registry_lost(&bed->engine->registry, &bed->streams[number]);
}

long long bed_number(const struct bed *bed, const char *question)
{
    return by_hand(bed->directory, question);
}

void bed_run_until_settled(struct bed *bed)
{
    const struct dispatcher *dispatcher = &bed->engine->dispatcher;

    while (dispatcher->queued > dispatcher->answered || dispatcher->stages.held.count > 0 ||
           dispatcher->question.event.id != 0 || router_waiting(&bed->engine->router) > 0 ||
           store_pending(&bed->engine->store) > 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

void bed_run_until_stored(struct bed *bed)
{
    while (store_pending(&bed->engine->store) > 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

void bed_run_until_posted(struct bed *bed, size_t count)
{
    while (bed->slack.post_count < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

void bed_add_services(struct bed *bed, size_t count)
{
    static const struct store_status none;

    for (size_t i = 0; i < count; i++) {
        const struct store_service service = {name_of(i), &none, 0, TIMEOUT_MS / 1000, 1};

        (void)registry_register(&bed->engine->registry, name_of(i), strlen(name_of(i)), NULL, 0, TIMEOUT_MS);
        store_put_service(&bed->engine->store, &service, on_registered, &bed->registered);
    }
    while (bed->registered < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    for (size_t i = 0; i < count; i++)
        bed_report(bed, i);
    bed_run_until_settled(bed);
}

bool bed_says(const struct bed *bed, size_t post, const char *words)
{
    return post < bed->slack.post_count && strstr(bed->slack.posts[post].body, words) != NULL;
}

size_t bed_questions_from(const struct bed *bed, size_t first)
{
    size_t count = 0;

    for (size_t i = first; i < bed->slack.post_count; i++)
        count += bed_says(bed, i, "is procjon itself cut off?");
    return count;
}

void bed_add_with_statuses(struct bed *bed, const char *const *texts, size_t count)
{
    struct service_status statuses[BED_STATUSES_MAX];
    const struct engine_registration registration = {.id = "s0",
                                                     .id_size = 2,
                                                     .statuses = statuses,
                                                     .status_count = count,
                                                     .timeout_s = TIMEOUT_MS / 1000};
    struct engine_pending *pending;

    assert_true(count <= BED_STATUSES_MAX);
    for (size_t i = 0; i < count; i++)
        statuses[i] = (struct service_status){(int32_t)i, (char *)texts[i]};
    bed->registered = 0;
    assert_int_equal(engine_register(bed->engine, &registration, on_registered, &bed->registered, &pending),
                     ENGINE_PENDING);
    while (bed->registered < 1)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    bed_report_code(bed, 0);
    bed_run_until_settled(bed);
}

void bed_report_code(struct bed *bed, int32_t code)
{
    assert_true(engine_report(bed->engine, &bed->streams[0], "s0", 2, code));
}

static void on_passed(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

void bed_pass(struct bed *bed, uint64_t ms)
{
    bool passed = false;
    uv_timer_t timer;

    (void)uv_timer_stop(&bed->watchdog);
    virtual_clock_pass(ms);
    uv_update_time(&bed->loop);
    (void)uv_timer_init(&bed->loop, &timer);
    timer.data = &passed;
    (void)uv_timer_start(&timer, on_passed, 2 * CHECKPOINT_PERIOD_MS, 0);
    while (!passed)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
    (void)uv_timer_start(&bed->watchdog, on_watchdog, BED_WATCHDOG_MS, 0);
}
