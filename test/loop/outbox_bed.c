/* SPDX-License-Identifier: MIT */
#include "outbox_bed.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

const struct outbox_limits bed_limits = {
    .limiter = {.interval_ms = 20,
                .burst = 5,
                .slow_ms = 60000,
                .pause_ms = 20,
                .spread_ms = 10,
                .retry_ms = 20,
                .retry_max_ms = 100,
                .probe_ms = 100},
    .deadline_ms = 2000,
};

static void on_settled(struct outbox *outbox, const uint64_t *ids, size_t count, const char *outcome)
{
    struct bed *bed = container_of(outbox, struct bed, outbox);

    assert_false(bed->adding);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_null(bed->outcomes[ids[i]]); /* each notice is settled once */
        bed->outcomes[ids[i]] = outcome;
    }
    bed->settled += count;
    uv_stop(&bed->loop); /* UV_RUN_ONCE would wait for another event */
}

static void on_closed(struct outbox *outbox)
{
    container_of(outbox, struct bed, outbox)->closed++;
}

const struct outbox_ops bed_ops = {.settled = on_settled, .closed = on_closed};

int bed_setup(void **state)
{
    struct bed *bed = mem_zalloc(sizeof *bed);

    assert_int_equal(uv_loop_init(&bed->loop), 0);
    pulse_open(&bed->pulse, &bed->loop);
    standin_open(&bed->slack, &bed->loop);
    standin_open(&bed->other, &bed->loop);
    standin_listen(&bed->slack);
    standin_listen(&bed->other);
    bed->limits = bed_limits;
    *state = bed;
    return 0;
}

int bed_teardown(void **state)
{
    struct bed *bed = *state;

    outbox_close(&bed->outbox, 0);
    outbox_close(&bed->outbox, 0);
    standin_close(&bed->slack);
    standin_close(&bed->other);
    pulse_close(&bed->pulse);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    assert_int_equal(bed->closed, 1);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
    standin_fini(&bed->slack);
    standin_fini(&bed->other);
    free(bed);
    return 0;
}

const struct sink_config *bed_config(const char *webhook)
{
    static struct sink_config config;

    config = (struct sink_config){.kind = webhook != NULL ? SINK_CONFIG_SLACK : SINK_CONFIG_LOG,
                                  .url = (char *)(uintptr_t)webhook};
    return &config;
}

void bed_open_at(struct bed *bed, const char *webhook)
{
    assert_int_equal(outbox_open_limited(&bed->outbox, &bed->loop, "slack", bed_config(webhook), &bed_ops,
                                         &bed->limits, NULL),
                     0);
}

static int64_t wall_ms(void)
{
    return (int64_t)time(NULL) * 1000;
}

static void add(struct bed *bed, enum event_kind kind, const char *service, const char *previous,
                const char *text)
{
    int64_t now_ms = wall_ms();
    struct event event = {
        .id = ++bed->last_id,
        .kind = kind,
        .severity = kind == EVENT_AVAILABLE ? EVENT_GOOD : EVENT_DANGER,
        .service = service,
        .previous = previous,
        .text = text,
        .at_ms = now_ms,
        .since_ms = kind == EVENT_AVAILABLE ? 0 : now_ms,
    };

    bed->adding = true;
    outbox_put(&bed->outbox, digest_entry_new(&event));
    bed->adding = false;
}

void bed_add_unavailable(struct bed *bed, const char *service)
{
    add(bed, EVENT_UNAVAILABLE, service, "", "gone");
}

void bed_add_status(struct bed *bed, const char *service, const char *previous, const char *text)
{
    add(bed, EVENT_STATUS, service, previous, text);
}

void bed_run_until_settled(struct bed *bed, size_t count)
{
    while (bed->settled < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    assert_int_equal(bed->settled, count);
}

void bed_run_until_posted(struct bed *bed, struct standin *slack, size_t count)
{
    while (slack->post_count < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

void bed_run_until_answered(struct bed *bed, enum sink_verdict verdict, uint64_t count)
{
    while (bed->outbox.stats.answers[verdict] < count)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
}

const char *bed_text(const struct standin *slack, size_t post)
{
    static char text[8192];
    json_t *json = json_loads(slack->posts[post].body, 0, NULL);

    assert_non_null(json);
    (void)snprintf(text, sizeof text, "%s", json_string_value(json_object_get(json, "text")));
    json_decref(json);
    return text;
}

uint64_t bed_gap_ms(const struct standin *slack, size_t post)
{
    return slack->posts[post].at_ms - slack->posts[post - 1].at_ms;
}
