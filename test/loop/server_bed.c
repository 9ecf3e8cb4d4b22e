/* SPDX-License-Identifier: MIT */
#include "server_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* A wait that takes longer than this hangs; milliseconds. */
#define PATIENCE_MS 20000

/* ---- the service ---- */

static struct bed *bed_of(const struct server_call *call)
{
    return server_call_service(call);
}

static void on_open(struct server_call *call)
{
    bed_of(call)->opened++;
}

static void on_unary(struct server_call *call, const uint8_t *message, size_t size)
{
    bed_of(call)->messages++;
    server_call_reply(call, message, size);
}

static void on_later(struct server_call *call, const uint8_t *message, size_t size)
{
    (void)message;
    (void)size;
    bed_of(call)->messages++;
    bed_of(call)->kept = call;
}

static void on_report(struct server_call *call, const uint8_t *message, size_t size)
{
    (void)message;
    (void)size;
    bed_of(call)->messages++;
}

static void on_half_close(struct server_call *call)
{
    bed_of(call)->half_closed++;
    server_call_reply(call, (const uint8_t *)"", 0);
}

static void pour(struct server_call *call)
{
    static const uint8_t drop[BED_POUR_SIZE];
    static const struct status ok = {.code = STATUS_OK};
    struct bed *bed = bed_of(call);

    if (bed->to_pour == 0) {
        server_call_finish(call, &ok);
        return;
    }
    bed->to_pour--;
    server_call_send(call, drop, sizeof drop);
}

static void on_pour(struct server_call *call, const uint8_t *message, size_t size)
{
    (void)message;
    (void)size;
    pour(call);
}

static void on_gone(struct server_call *call)
{
    struct bed *bed = bed_of(call);

    bed->gone++;
    if (!server_call_answered(call))
        bed->unanswered++;
    if (bed->kept == call)
        bed->kept = NULL;
}

static void add_methods(struct bed *bed)
{
    const struct method methods[BED_METHODS] = {
        {.path = BED_UNARY, .message = on_unary},
        {.path = BED_LATER, .message = on_later},
        {.path = BED_REPORT, .stream = true, .message = on_report, .half_close = on_half_close},
        {.path = BED_POUR, .message = on_pour, .sent = pour},
    };

    memcpy(bed->methods, methods, sizeof methods);
    for (size_t i = 0; i < BED_METHODS; i++) {
        bed->methods[i].service = bed;
        bed->methods[i].open = on_open;
        bed->methods[i].gone = on_gone;
    }
    server_add(&bed->served.server, bed->methods, BED_METHODS);
}

/* ---- the server ---- */

void bed_open(struct bed *bed, size_t connection_max, size_t source_max)
{
    *bed = (struct bed){.fd = -1, .timeouts = timeouts_default};
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    served_open(&bed->served, &bed->loop, connection_max, source_max);
    bed->served.server.connections.context.timeouts = &bed->timeouts;
    add_methods(bed);
}

void bed_close(struct bed *bed)
{
    bed_hang_up(bed);
    served_close(&bed->served);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    assert_int_equal(bed->served.closed, 1);
    assert_int_equal(bed->gone, bed->opened);
    assert_int_equal(bed->served.server.calls.open, 0);
    assert_int_equal(bed->served.server.calls.buffered, 0);
    assert_int_equal(bed->served.server.connections.count, 0);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
}

int bed_set_up_limited(void **state, size_t connection_max, size_t source_max)
{
    struct bed *bed = malloc(sizeof *bed);

    bed_open(bed, connection_max, source_max);
    *state = bed;
    return 0;
}

int bed_set_up(void **state)
{
    return bed_set_up_limited(state, 0, 0);
}

int bed_tear_down(void **state)
{
    bed_close(*state);
    free(*state);
    return 0;
}

/* ---- the loop ---- */

bool bed_hung_up(const struct bed *bed)
{
    return bed->hung_up;
}

bool bed_answered(const struct bed *bed)
{
    return bed->status >= 0;
}

static void on_impatience(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

void bed_wait(struct bed *bed, bool (*done)(const struct bed *bed))
{
    bool late = false;
    uv_timer_t timer;

    (void)uv_timer_init(&bed->loop, &timer);
    timer.data = &late;
    (void)uv_timer_start(&timer, on_impatience, PATIENCE_MS, 0);
    while (!done(bed) && !late)
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
    assert_true(done(bed));
}

void bed_turn(struct bed *bed)
{
    (void)uv_run(&bed->loop, UV_RUN_NOWAIT);
}
