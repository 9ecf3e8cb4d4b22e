/* SPDX-License-Identifier: MIT */
/*
 * pipeline_bed - a pipeline with a directory of its own, in front of a stand-in for Slack.
 *
 * Include after cmocka.h, in one file of a program. Each test's teardown closes what is open and proves that
 * nothing is left.
 */
#ifndef PROCJON_TEST_PIPELINE_BED_H
#define PROCJON_TEST_PIPELINE_BED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/store_by_hand.h"
#include "../lib/store_fixture.h"
#include "base/mem.h"
#include "pipeline.h"
#include "standin.h"

#define WATCHDOG_MS 30000
#define SERVICES_MAX 100
#define TIMEOUT_MS 3600000

struct bed {
    uv_loop_t loop;
    uv_timer_t watchdog;
    struct standin slack, watcher;
    char directory[64];
    struct pipeline pipeline;
    struct plan plan;
    struct speaker speakers[SERVICES_MAX]; /* one for each service */
    size_t registered;
    bool open;
};

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing more happened for %d ms", WATCHDOG_MS);
}

static void on_pipeline_closed(struct pipeline *pipeline)
{
    container_of(pipeline, struct bed, pipeline)->open = false;
}

static void open_pipeline(struct bed *bed)
{
    const struct pipeline_options options = {
        .directory = bed->directory,
        .plan = &bed->plan,
        .home = {.kind = ADDRESS_SLACK, .url = bed->slack.url},
        .history_days = 93,
    };
    struct err err;

    if (pipeline_open(&bed->pipeline, &bed->loop, &options, &err) != 0)
        fail_msg("%s", err.msg);
    bed->open = true;
}

static void close_pipeline(struct bed *bed)
{
    pipeline_close(&bed->pipeline, on_pipeline_closed);
    while (bed->open)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

static int set_up(void **state)
{
    struct bed *bed = mem_zalloc(sizeof *bed);

    store_fixture_make_directory(bed->directory, sizeof bed->directory);
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    (void)uv_timer_init(&bed->loop, &bed->watchdog);
    (void)uv_timer_start(&bed->watchdog, on_watchdog, WATCHDOG_MS, 0);
    standin_open(&bed->slack, &bed->loop);
    standin_open(&bed->watcher, &bed->loop);
    standin_listen(&bed->slack);
    standin_listen(&bed->watcher);
    open_pipeline(bed);
    *state = bed;
    return 0;
}

static int tear_down(void **state)
{
    struct bed *bed = *state;

    if (bed->open)
        close_pipeline(bed);
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
    static char name[16];

    (void)snprintf(name, sizeof name, "s%zu", number);
    return name;
}

static inline void report(struct bed *bed, size_t number)
{
    const char *name = name_of(number);

    assert_true(registry_report(&bed->pipeline.registry, &bed->speakers[number], name, strlen(name), 0));
}

static inline void lose(struct bed *bed, size_t number)
{
    registry_lost(&bed->pipeline.registry, &bed->speakers[number]);
}

static inline long long number(const struct bed *bed, const char *question)
{
    return by_hand(bed->directory, question);
}

static inline void run_until_settled(struct bed *bed)
{
    while (bed->pipeline.committing > 0 || bed->pipeline.gate.held != NULL ||
           bed->pipeline.gate.question.id != 0 || router_waiting(&bed->pipeline.router) > 0 ||
           store_pending(&bed->pipeline.store) > 0)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

static inline void run_until_posted(struct bed *bed, size_t count)
{
    while (bed->slack.post_count < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

/* So many services that are available, and everybody was told. */
static inline void add_services(struct bed *bed, size_t count)
{
    static const struct store_status none;

    for (size_t i = 0; i < count; i++) {
        const struct store_service service = {name_of(i), &none, 0, TIMEOUT_MS / 1000, 1};

        (void)registry_register(&bed->pipeline.registry, name_of(i), strlen(name_of(i)), NULL, 0, TIMEOUT_MS);
        store_put_service(&bed->pipeline.store, &service, on_registered, &bed->registered);
    }
    while (bed->registered < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    for (size_t i = 0; i < count; i++)
        report(bed, i);
    run_until_settled(bed);
}

/* Whether the post says so. */
static inline bool says(const struct bed *bed, size_t post, const char *words)
{
    return post < bed->slack.post_count && strstr(bed->slack.posts[post].body, words) != NULL;
}

/* How many posts from `first` on ask. */
static inline size_t questions_from(const struct bed *bed, size_t first)
{
    size_t count = 0;

    for (size_t i = first; i < bed->slack.post_count; i++)
        count += says(bed, i, "is procjon itself cut off?");
    return count;
}

#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
