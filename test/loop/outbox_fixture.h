/* SPDX-License-Identifier: MIT */
/*
 * outbox_fixture - an outbox with short times in front of two stand-ins for Slack, and a diary of what was
 * settled.
 *
 * Each test's teardown closes the outbox and proves that nothing is left open.
 */
#ifndef PROCJON_TEST_OUTBOX_FIXTURE_H
#define PROCJON_TEST_OUTBOX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "notify/outbox.h"
#include "standin.h"

#define WATCHDOG_MS 20000
#define TICK_MS 5
#define IDS_MAX 100001

/* The usual ones, divided by fifty or so. */
static const struct outbox_limits quick = {
    .pace = {.interval_ms = 20,
             .burst = 5,
             .slow_ms = 60000,
             .pause_ms = 20,
             .spread_ms = 10,
             .retry_ms = 20,
             .retry_max_ms = 100,
             .probe_ms = 100},
    .deadline_ms = 200,
};

#define SCRIPT(slack, ...)                                                                                   \
    do {                                                                                                     \
        static const struct standin_answer script[] = {__VA_ARGS__};                                         \
        standin_script(slack, script, sizeof script / sizeof script[0]);                                     \
    } while (0)

struct fixture {
    uv_loop_t loop;
    uv_timer_t watchdog, tick;
    uint64_t ticked_ns, longest_ns; /* between two ticks: how long the loop was ever held up */
    struct standin slack, other;
    struct outbox outbox;
    struct outbox_limits limits;
    uint64_t last_id;
    bool adding; /* inside outbox_add */
    size_t settled, closed;
    const char *fates[IDS_MAX];
};

static inline void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing more happened for %d ms", WATCHDOG_MS);
}

static inline void on_tick(uv_timer_t *timer)
{
    struct fixture *fixture = container_of(timer, struct fixture, tick);
    uint64_t now = uv_hrtime();

    if (fixture->ticked_ns != 0 && now - fixture->ticked_ns > fixture->longest_ns)
        fixture->longest_ns = now - fixture->ticked_ns;
    fixture->ticked_ns = now;
}

static inline void on_settled(struct outbox *outbox, const uint64_t *ids, size_t count, const char *fate)
{
    struct fixture *fixture = container_of(outbox, struct fixture, outbox);

    assert_false(fixture->adding);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_null(fixture->fates[ids[i]]); /* each once */
        fixture->fates[ids[i]] = fate;
    }
    fixture->settled += count;
    uv_stop(&fixture->loop); /* or one uv_run would go on to wait for the next event */
}

static inline void on_closed(struct outbox *outbox)
{
    container_of(outbox, struct fixture, outbox)->closed++;
}

static const struct outbox_ops ops = {.settled = on_settled, .closed = on_closed};

static inline int setup(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof *fixture);

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    (void)uv_timer_init(&fixture->loop, &fixture->watchdog);
    (void)uv_timer_start(&fixture->watchdog, on_watchdog, WATCHDOG_MS, 0);
    (void)uv_timer_init(&fixture->loop, &fixture->tick);
    standin_open(&fixture->slack, &fixture->loop);
    standin_open(&fixture->other, &fixture->loop);
    standin_listen(&fixture->slack);
    standin_listen(&fixture->other);
    fixture->limits = quick;
    *state = fixture;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *fixture = *state;

    outbox_close(&fixture->outbox, 0);
    outbox_close(&fixture->outbox, 0);
    standin_close(&fixture->slack);
    standin_close(&fixture->other);
    uv_close((uv_handle_t *)&fixture->watchdog, NULL);
    uv_close((uv_handle_t *)&fixture->tick, NULL);
    (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    standin_fini(&fixture->slack);
    standin_fini(&fixture->other);
    free(fixture);
    return 0;
}

/* Slack there, or the log for NULL; valid until the next call. */
static inline const struct address *at(const char *webhook)
{
    static struct address address;

    address = (struct address){.kind = webhook != NULL ? ADDRESS_SLACK : ADDRESS_LOG,
                               .url = (char *)(uintptr_t)webhook};
    return &address;
}

static inline void open_at(struct fixture *fixture, const char *webhook)
{
    assert_int_equal(
        outbox_open_limited(&fixture->outbox, &fixture->loop, "slack", at(webhook), &ops, &fixture->limits, NULL), 0);
}

static inline int64_t wall_ms(void)
{
    return (int64_t)time(NULL) * 1000;
}

static inline void add(struct fixture *fixture, enum notice_kind kind, const char *service,
                       const char *previous, const char *text)
{
    int64_t now_ms = wall_ms();
    struct notice notice = {
        .id = ++fixture->last_id,
        .kind = kind,
        .severity = kind == NOTICE_AVAILABLE ? NOTICE_GOOD : NOTICE_DANGER,
        .service = service,
        .previous = previous,
        .text = text,
        .at_ms = now_ms,
        .since_ms = kind == NOTICE_AVAILABLE ? 0 : now_ms,
    };

    fixture->adding = true;
    outbox_add(&fixture->outbox, &notice);
    fixture->adding = false;
}

static inline void add_away(struct fixture *fixture, const char *service)
{
    add(fixture, NOTICE_UNAVAILABLE, service, "", "gone");
}

static inline void add_status(struct fixture *fixture, const char *service, const char *previous,
                              const char *text)
{
    add(fixture, NOTICE_STATUS, service, previous, text);
}

static inline void run_until_settled(struct fixture *fixture, size_t count)
{
    while (fixture->settled < count)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->settled, count);
}

static inline void run_until_posted(struct fixture *fixture, struct standin *slack, size_t count)
{
    while (slack->post_count < count)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
}

static inline void run_until_answered(struct fixture *fixture, enum sink_verdict verdict, uint64_t count)
{
    while (fixture->outbox.stats.answers[verdict] < count)
        (void)uv_run(&fixture->loop, UV_RUN_ONCE);
}

/* The text of a post, as people read it; freed with the next call. */
static const char *text_of(const struct standin *slack, size_t post)
{
    static char text[8192];
    json_t *json = json_loads(slack->posts[post].body, 0, NULL);

    assert_non_null(json);
    (void)snprintf(text, sizeof text, "%s", json_string_value(json_object_get(json, "text")));
    json_decref(json);
    return text;
}

static inline uint64_t gap_ms(const struct standin *slack, size_t post)
{
    return slack->posts[post].at_ms - slack->posts[post - 1].at_ms;
}

#endif
