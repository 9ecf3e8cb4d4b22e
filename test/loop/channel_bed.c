/* SPDX-License-Identifier: MIT */
#include "channel_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "grpc/server_call.h"

/* A test that waits for longer than this hangs. */
#define WAIT_MAX_NS 20000000000u

/* ---- the server ---- */

static void on_ask(struct server_call *call, const uint8_t *message, size_t size)
{
    struct bed *bed = server_call_service(call);

    bed->heard++;
    server_call_reply(call, message, size);
}

static void on_hang(struct server_call *call, const uint8_t *message, size_t size)
{
    struct bed *bed = server_call_service(call);

    (void)message;
    (void)size;
    bed->heard++;
    bed->held = call;
}

static void on_tell(struct server_call *call, const uint8_t *message, size_t size)
{
    struct bed *bed = server_call_service(call);

    bed->heard++;
    assert_in_range(size, 0, sizeof bed->last);
    memcpy(bed->last, message, size);
    bed->last_size = size;
    if (size == 4 && memcmp(message, "stop", 4) == 0)
        server_call_fail(call, STATUS_NOT_FOUND, "enough");
}

static void on_told(struct server_call *call)
{
    struct bed *bed = server_call_service(call);

    bed->half_closed++;
    server_call_reply(call, (const uint8_t *)"", 0);
}

static void on_call_gone(struct server_call *call)
{
    struct bed *bed = server_call_service(call);

    bed->gone++;
    bed->held = NULL;
}

static void serve(struct bed *bed)
{
    bed->methods[0] =
        (struct method){.path = "/T/Ask", .service = bed, .message = on_ask, .gone = on_call_gone};
    bed->methods[1] =
        (struct method){.path = "/T/Hang", .service = bed, .message = on_hang, .gone = on_call_gone};
    bed->methods[2] = (struct method){
        .path = "/T/Tell",
        .stream = true,
        .service = bed,
        .message = on_tell,
        .half_close = on_told,
        .gone = on_call_gone,
    };
    served_open(&bed->served, &bed->loop, H2_STREAMS_MAX, H2_STREAMS_MAX);
    server_add(&bed->served.server, bed->methods, 3);
}

/* ---- the client ---- */

static void on_done(struct client_call *call, const struct client_call_end *end)
{
    struct bed *bed = client_call_owner(call);

    assert_ptr_equal(call, bed->call);
    bed->call = NULL;
    bed->done++;
    bed->end = *end;
    if (bed->ends_when_done)
        channel_close(&bed->channel);
}

static void on_sent(struct client_call *call)
{
    ((struct bed *)client_call_owner(call))->sent++;
}

const struct client_call_request bed_tell_request = {.path = "/T/Tell"};
const struct client_call_ops bed_call_ops = {.sent = on_sent, .done = on_done};

void bed_ask(struct bed *bed, const char *path, uint64_t timeout_ms)
{
    const struct client_call_request request = {.path = path, .timeout_ms = timeout_ms};

    bed->call = channel_call(&bed->channel, &request, &bed_call_ops, bed);
    assert_non_null(bed->call);
    client_call_send(bed->call, (const uint8_t *)"hello", 5);
    client_call_half_close(bed->call);
}

void bed_tell(struct bed *bed)
{
    bed->call = channel_call(&bed->channel, &bed_tell_request, &bed_call_ops, bed);
    assert_non_null(bed->call);
}

static void on_ready(struct channel *channel)
{
    struct bed *bed = container_of(channel, struct bed, channel);

    bed->ready++;
    assert_true(channel_ready(channel));
    if (bed->ends_when_ready)
        channel_close(channel);
}

static void on_lost(struct channel *channel, const struct err *err)
{
    struct bed *bed = container_of(channel, struct bed, channel);

    assert_int_not_equal(err->msg[0], '\0');
    assert_false(channel_ready(channel));
    assert_null(channel_call(channel, &bed_tell_request, &bed_call_ops, bed));
    bed->lost++;
    if (bed->ends_when_lost)
        channel_close(channel);
}

static void on_channel_closed(struct channel *channel)
{
    container_of(channel, struct bed, channel)->channel_closed++;
}

static const struct channel_ops channel_ops = {
    .ready = on_ready, .lost = on_lost, .closed = on_channel_closed};

/* ---- the bed ---- */

void bed_until(struct bed *bed, const unsigned *counter, unsigned value)
{
    uint64_t limit = uv_hrtime() + WAIT_MAX_NS;

    while (*counter < value) {
        assert_true(uv_hrtime() < limit);
        (void)uv_run(&bed->loop, UV_RUN_ONCE);
    }
}

void bed_open(struct bed *bed)
{
    assert_int_equal(uv_loop_init(&bed->loop), 0);
    serve(bed);
    assert_int_equal(endpoint_parse(&bed->endpoints[bed->endpoint_count++], bed->served.listener.text, NULL),
                     0);
}

void bed_connect(struct bed *bed)
{
    assert_int_equal(channel_open(&bed->channel, &bed->loop, bed->endpoints, bed->endpoint_count, NULL,
                                  &channel_ops, NULL),
                     0);
    channel_retry_max(&bed->channel, 50); /* keeps the tests short */
}

void bed_meet(struct bed *bed)
{
    bed_open(bed);
    bed_connect(bed);
    bed_until(bed, &bed->ready, 1);
}

void bed_close(struct bed *bed)
{
    channel_close(&bed->channel);
    channel_close(&bed->channel);
    served_close(&bed->served);
    (void)uv_run(&bed->loop, UV_RUN_DEFAULT);
    assert_int_equal(bed->channel_closed, 1);
    assert_int_equal(bed->served.closed, 1);
    assert_null(bed->call);
    assert_int_equal(uv_loop_close(&bed->loop), 0);
}
