/* SPDX-License-Identifier: MIT */
#include "http2/connection.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "http2/session.h"

static void finish(struct h2_connection *h2, const struct err *why)
{
    if (h2->closing)
        return;
    h2->closing = true;
    h2_context_leave(h2->streams.context, &h2->streams.node);
    h2->streams.ops->ended(h2, why);
    stream_close(&h2->stream);
    uvx_shut((uv_handle_t *)&h2->timer.uv);
}

static void fail(struct h2_connection *h2, int code, const char *what)
{
    struct err err;

    (void)err_set(&err, code, "%s", what);
    finish(h2, &err);
}

void h2_connection_close(struct h2_connection *h2)
{
    finish(h2, &(struct err){0});
}

void h2_connection_terminate(struct h2_connection *h2, enum h2_code code, const char *text)
{
    if (h2->terminating || h2->closing)
        return;
    h2->terminating = true;
    h2->terminate_code = code;
    h2->why = text;
    h2_streams_mark(&h2->streams);
}

/* Queues the GOAWAY of a termination; not called inside an nghttp2 callback. */
static void send_goaway(struct h2_connection *h2)
{
    if (h2->goaway_sent)
        return;
    h2->goaway_sent = true;
    (void)nghttp2_submit_goaway(h2->streams.session, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(h2->streams.session),
                                h2->terminate_code, (const uint8_t *)h2->why, strlen(h2->why));
}

/* Copies queued frames to context->out, up to H2_FLUSH_SIZE. Returns the size; -1: the session has failed. */
static ssize_t collect(struct h2_connection *h2)
{
    uint8_t *out = h2->streams.context->out;
    size_t size = 0;

    while (size < H2_FLUSH_SIZE) {
        const uint8_t *piece;
        ssize_t length = nghttp2_session_mem_send(h2->streams.session, &piece);

        if (length < 0)
            return -1;
        if (length == 0)
            break;
        assert(size + (size_t)length <= H2_CONTEXT_OUT_SIZE);
        memcpy(out + size, piece, (size_t)length);
        size += (size_t)length;
    }
    return (ssize_t)size;
}

/* Everything that was queued is sent. */
static void end(struct h2_connection *h2)
{
    if (h2->why != NULL)
        fail(h2, -EPROTO, h2->why);
    else
        h2_connection_close(h2);
}

/* Sends what is queued, as much as the kernel takes. */
static void flush(struct h2_connection *h2)
{
    bool terminating = h2->terminating;

    if (h2->closing || h2->streams.session == NULL || stream_busy(&h2->stream))
        return;
    if (terminating)
        send_goaway(h2);
    for (;;) {
        ssize_t size = collect(h2);

        if (size < 0) {
            fail(h2, -EPROTO, "HTTP/2 session failed while sending");
            return;
        }
        if (size == 0)
            break;
        stream_write(&h2->stream, h2->streams.context->out, (size_t)size);
        if (h2->closing)
            return;
        if (stream_busy(&h2->stream)) {
            /* Backpressure: nothing is read from a peer that does not take our answers. */
            stream_read_stop(&h2->stream);
            h2_timer_wait(&h2->timer, H2_STALL, h2->streams.context->timeouts->write_stall);
            return;
        }
    }
    if (terminating || (nghttp2_session_want_read(h2->streams.session) == 0 &&
                        nghttp2_session_want_write(h2->streams.session) == 0))
        end(h2);
}

static void on_flush(struct h2_context_node *node)
{
    flush(container_of(node, struct h2_connection, streams.node));
}

/* After each read: starts, restarts or ends H2_FRAME, which is for one frame at a time. */
static void time_frame(struct h2_connection *h2)
{
    if (!flood_guard_partial(&h2->flood_guard)) {
        h2->timer.due_ms[H2_FRAME] = 0;
    } else if (h2->timer.due_ms[H2_FRAME] == 0 || h2->frames_seen != h2->flood_guard.frames) {
        h2->frames_seen = h2->flood_guard.frames;
        h2_timer_wait(&h2->timer, H2_FRAME, h2->streams.context->timeouts->frame);
    }
}

static void on_read(struct stream *stream, const uint8_t *bytes, size_t size)
{
    struct h2_connection *h2 = container_of(stream, struct h2_connection, stream);
    enum flood_guard_verdict verdict;
    ssize_t taken;
    uint64_t now;

    /* uv_now is the start of the loop iteration, which may have been busy for long before this read. */
    uv_update_time(h2->timer.uv.loop);
    now = h2_connection_now(h2);
    h2->read_ms = now;
    h2->timer.due_ms[H2_PONG] = 0;
    if (h2->terminating)
        return;
    verdict = flood_guard_feed(&h2->flood_guard, bytes, &size, now);
    taken = nghttp2_session_mem_recv(h2->streams.session, bytes, size);
    if (h2->closing)
        return;
    if (taken < 0) {
        /* A fatal error queues nothing. A GOAWAY that was queued before it tells the peer the reason. */
        flush(h2);
        fail(h2, -EPROTO, nghttp2_strerror((int)taken));
        return;
    }
    if (verdict == FLOOD_GUARD_PINGS)
        h2_connection_terminate(h2, H2_ENHANCE_YOUR_CALM, "too_many_pings");
    else if (verdict == FLOOD_GUARD_FLOOD)
        h2_connection_terminate(h2, H2_ENHANCE_YOUR_CALM, "too_many_frames");
    else if (nghttp2_session_get_outbound_queue_size(h2->streams.session) > H2_QUEUE_MAX)
        h2_connection_terminate(h2, H2_ENHANCE_YOUR_CALM, "too_many_answers_unread");
    if (h2->timer.due_ms[H2_FRAME] != 0 || flood_guard_partial(&h2->flood_guard))
        time_frame(h2);
    if (nghttp2_session_want_write(h2->streams.session) != 0 ||
        nghttp2_session_want_read(h2->streams.session) == 0)
        h2_streams_mark(&h2->streams);
}

static void read_on(struct h2_connection *h2)
{
    if (!h2->closing && !stream_busy(&h2->stream) && h2->timer.due_ms[H2_PAUSE] == 0)
        stream_read_start(&h2->stream);
}

void h2_connection_pause_reading(struct h2_connection *h2, uint64_t ms)
{
    if (h2->closing || h2_connection_now(h2) + ms <= h2->timer.due_ms[H2_PAUSE] ||
        token_bucket_take(&h2->excess, h2_connection_now(h2)))
        return;
    stream_read_stop(&h2->stream);
    h2_timer_wait(&h2->timer, H2_PAUSE, ms);
}

static void on_drained(struct stream *stream)
{
    struct h2_connection *h2 = container_of(stream, struct h2_connection, stream);

    h2->timer.due_ms[H2_STALL] = 0;
    flush(h2);
    read_on(h2);
}

static void on_ready(struct stream *stream)
{
    struct h2_connection *h2 = container_of(stream, struct h2_connection, stream);
    struct err err;

    if (h2_session_open(h2, &err) != 0) {
        finish(h2, &err);
        return;
    }
    h2_timer_wait(&h2->timer, H2_SETTINGS, h2->streams.context->timeouts->settings_ack);
    stream_read_start(stream);
    h2_streams_mark(&h2->streams);
}

static void on_ended(struct stream *stream, const struct err *err)
{
    finish(container_of(stream, struct h2_connection, stream), err);
}

/* Streams are freed here, outside of the callbacks of nghttp2: nghttp2_session_del does not report them. */
static void on_gone(struct uvx_owner *owner)
{
    struct h2_connection *h2 = container_of(owner, struct h2_connection, owner);

    while (h2->streams.first != NULL) {
        struct h2_stream *stream = h2->streams.first;

        h2_stream_unlink(stream);
        h2->streams.ops->gone(stream, H2_CANCEL);
    }
    nghttp2_session_del(h2->streams.session);
    h2->streams.ops->closed(h2);
}

static void on_closed(struct stream *stream)
{
    uvx_drop(&container_of(stream, struct h2_connection, stream)->owner);
}

static const struct stream_ops stream_ops = {
    .ready = on_ready,
    .read = on_read,
    .drained = on_drained,
    .ended = on_ended,
    .closed = on_closed,
};

/* The wait has failed. If several have at once, the first in enum h2_wait is the reason that is reported. */
static void on_expired(struct h2_timer *timer, enum h2_wait what)
{
    struct h2_connection *h2 = container_of(timer, struct h2_connection, timer);

    switch (what) {
    case H2_PAUSE:
        h2->timer.due_ms[H2_PAUSE] = 0;
        read_on(h2);
        break;
    case H2_HANDSHAKE:
        fail(h2, -ETIMEDOUT, "handshake was not finished in time");
        break;
    case H2_FRAME:
        fail(h2, -ETIMEDOUT, "a frame was not finished in time");
        break;
    case H2_STALL:
        fail(h2, -ETIMEDOUT, "peer does not read");
        break;
    case H2_PONG:
        fail(h2, -ETIMEDOUT, "peer does not answer pings");
        break;
    case H2_DRAIN:
        if (h2->drain_noticed)
            h2_connection_close(h2);
        else
            h2_session_drain_notice(h2);
        break;
    case H2_SETTINGS:
        h2->timer.due_ms[H2_SETTINGS] = 0;
        h2_connection_terminate(h2, H2_SETTINGS_TIMEOUT, "settings were not acknowledged");
        break;
    case H2_WAITS:
        break;
    }
}

static uint64_t on_look(struct h2_timer *timer, uint64_t now)
{
    struct h2_connection *h2 = container_of(timer, struct h2_connection, timer);
    uint64_t next = h2_streams_expire(&h2->streams, now);

    return h2_timer_earlier(next, h2_session_keep_alive(h2, now));
}

static const struct h2_timer_ops timer_ops = {.expired = on_expired, .look = on_look};

void h2_connection_stream_due(struct h2_stream *stream, uint64_t at_ms)
{
    stream->due_ms = at_ms;
    if (at_ms != 0)
        h2_timer_arm(&h2_connection_of(stream)->timer, at_ms);
}

bool h2_connection_request(struct h2_connection *h2, struct h2_stream *stream,
                           const struct h2_header *headers, size_t count)
{
    return !h2->closing && h2_streams_request(&h2->streams, stream, headers, count);
}

static void init(struct h2_connection *h2, struct h2_context *context, uv_loop_t *loop,
                 enum h2_connection_role role, const struct h2_connection_ops *ops)
{
    h2->streams.context = context;
    h2->streams.node.flush = on_flush;
    h2->streams.ops = ops;
    h2->role = role;
    h2_timer_init(&h2->timer, loop, &timer_ops);
    h2->read_ms = h2_connection_now(h2);
    flood_guard_init(&h2->flood_guard, role == H2_SERVER, h2->read_ms);
    token_bucket_init(&h2->excess, H2_EXCESS_BURST, H2_EXCESS_RATE, h2->read_ms);
}

/* The byte stream is connected or connecting: from here on the connection ends with h2_connection_close. */
static void begin(struct h2_connection *h2)
{
    uvx_own(&h2->owner, (uv_handle_t *)&h2->timer.uv);
    uvx_hold(&h2->owner);
    uvx_owner_close(&h2->owner, on_gone); /* called after both have closed */
    h2_timer_wait(&h2->timer, H2_HANDSHAKE, h2->streams.context->timeouts->handshake);
}

int h2_connection_accept(struct h2_connection *h2, struct slab *slab, struct h2_context *context,
                         uv_stream_t *server, enum endpoint_kind kind, struct tls_context *tls,
                         const struct h2_connection_ops *ops, struct err *err)
{
    int code = stream_accept(&h2->stream, server, kind, tls, &stream_ops, context->scratch, err);

    if (code != 0)
        return code;
    h2->slab = slab;
    init(h2, context, server->loop, H2_SERVER, ops);
    begin(h2);
    return 0;
}

int h2_connection_connect(struct h2_connection *h2, struct h2_context *context, uv_loop_t *loop,
                          enum endpoint_kind kind, const struct sockaddr *address, const char *path,
                          struct tls_context *tls, const char *host, const struct h2_connection_ops *ops,
                          struct err *err)
{
    int code =
        stream_connect(&h2->stream, loop, kind, address, path, tls, host, &stream_ops, context->scratch, err);

    if (code != 0)
        return code;
    init(h2, context, loop, H2_CLIENT, ops);
    begin(h2);
    return 0;
}
