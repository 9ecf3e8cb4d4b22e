/* SPDX-License-Identifier: MIT */
#include "http2/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The payloads of our keepalive PING, and of the PING between the two GOAWAYs of a drain. */
static const uint8_t ping_alive[8] = {'p', 'r', 'o', 'c', 'j', 'o', 'n', '?'};
static const uint8_t ping_drain[8] = {'p', 'r', 'o', 'c', 'j', 'o', 'n', '.'};

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct h2_connection *h2 = user;
    struct h2_stream *stream;

    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    stream = h2->streams.ops->begin(h2);
    if (stream == NULL) {
        (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                        NGHTTP2_REFUSED_STREAM);
        return 0;
    }
    h2_stream_link(&h2->streams, stream, frame->hd.stream_id);
    (void)nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
    return 0;
}

/* nghttp2 does not enforce SETTINGS_MAX_HEADER_LIST_SIZE. */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags, void *user)
{
    struct h2_connection *h2 = user;
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

    (void)flags;
    if (stream == NULL)
        return 0;
    stream->header_size += (uint32_t)(name_size + value_size + 32);
    if (stream->header_size > H2_HEADERS_HARD_MAX) {
        (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_ENHANCE_YOUR_CALM);
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (stream->header_size <= H2_HEADERS_MAX)
        h2->streams.ops->header(stream, name, name_size, value, value_size);
    return 0;
}

static void on_settings(struct h2_connection *h2, bool ack)
{
    if (ack) {
        h2->timer.due_ms[H2_SETTINGS] = 0;
    } else if (!h2->peer_ready) {
        h2->peer_ready = true;
        h2->timer.due_ms[H2_HANDSHAKE] = 0;
        h2->streams.ops->ready(h2);
    }
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct h2_connection *h2 = user;
    bool ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    struct h2_stream *stream;

    switch (frame->hd.type) {
    case NGHTTP2_SETTINGS:
        on_settings(h2, ack);
        return 0;
    case NGHTTP2_PING:
        if (ack && memcmp(frame->ping.opaque_data, ping_drain, sizeof ping_drain) == 0)
            h2_session_drain_notice(h2);
        return 0;
    case NGHTTP2_GOAWAY:
        /* GOAWAY of a client only says that it sends no more requests. */
        if (h2->role == H2_CLIENT)
            h2->streams.ops->draining(h2);
        return 0;
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
        break;
    default:
        return 0;
    }
    /* NULL: the frame arrived after the stream was closed. */
    stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream == NULL)
        return 0;
    stream->remote_closed = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS)
        h2->streams.ops->headers(stream, frame->headers.cat == NGHTTP2_HCAT_HEADERS);
    if (stream->remote_closed)
        h2->streams.ops->end(stream);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t size,
                   void *user)
{
    struct h2_connection *h2 = user;
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

    (void)flags;
    if (stream != NULL)
        h2->streams.ops->data(stream, bytes, size);
    return 0;
}

/* Whether the code of a reset that we send stands for an error of the peer. */
static bool is_peer_error(uint32_t code)
{
    return code != NGHTTP2_NO_ERROR && code != NGHTTP2_REFUSED_STREAM && code != NGHTTP2_CANCEL;
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct h2_connection *h2 = user;

    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA:
        flood_guard_sent(&h2->flood_guard);
        /*
         * The response is complete and the request is not: the client may stop sending (RFC 9113 §8.1).
         * Queued only after the trailers are sent, because nghttp2 would send the reset before them.
         */
        if (h2->role == H2_SERVER && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
            nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id) == 0)
            (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                            NGHTTP2_NO_ERROR);
        break;
    case NGHTTP2_RST_STREAM:
        if (is_peer_error(frame->rst_stream.error_code) &&
            flood_guard_reset(&h2->flood_guard, h2_connection_now(h2)) != FLOOD_GUARD_OK)
            h2_connection_terminate(h2, H2_ENHANCE_YOUR_CALM, "too_many_resets");
        break;
    case NGHTTP2_GOAWAY:
        if (frame->goaway.error_code != NGHTTP2_NO_ERROR && h2->why == NULL)
            h2->why = h2->role == H2_CLIENT && !h2->peer_ready
                          ? "this is no HTTP/2 server"
                          : nghttp2_http2_strerror(frame->goaway.error_code);
        break;
    default:
        break;
    }
    return 0;
}

/* Returns 0 always: with an error nghttp2 leaks the stream (CVE-2023-35945). */
static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
    struct h2_connection *h2 = user;
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

    if (stream == NULL)
        return 0;
    (void)nghttp2_session_set_stream_user_data(session, id, NULL);
    h2_stream_unlink(stream);
    h2->streams.ops->gone(stream, code);
    return 0;
}

static nghttp2_option *make_option(void)
{
    nghttp2_option *option;

    if (nghttp2_option_new(&option) != 0)
        return NULL;
    /* gRPC allows spaces at the ends of a metadata value (gRPC over HTTP/2, "Custom-Metadata"). */
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
    nghttp2_option_set_max_outbound_ack(option, H2_ACKS_MAX);
    return option;
}

static nghttp2_session_callbacks *make_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;

    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    return callbacks;
}

/* For the first session of the context. */
static void prepare(struct h2_context *context)
{
    if (context->callbacks != NULL)
        return;
    context->option = make_option();
    context->callbacks = make_callbacks();
    if (context->option == NULL || context->callbacks == NULL)
        abort(); /* nghttp2 is out of memory: as mem_alloc does */
}

/* ---- memory: nghttp2 allocates from the slab of the connection until that is sealed ---- */

static void *take_memory(size_t size, void *user)
{
    void *memory = slab_take(user, size);

    return memory != NULL ? memory : malloc(size);
}

static void *take_zeroed(size_t count, size_t size, void *user)
{
    void *memory = slab_take(user, count * size);

    return memory != NULL ? memory : calloc(count, size);
}

static void give_memory(void *memory, void *user)
{
    if (!slab_has(user, memory))
        free(memory);
}

static void *resize_memory(void *old, size_t size, void *user)
{
    size_t rest;
    void *memory;

    if (old == NULL)
        return take_memory(size, user);
    if (!slab_has(user, old))
        return realloc(old, size);
    memory = malloc(size);
    rest = slab_rest(user, old); /* at least the old size */
    if (memory != NULL)
        memcpy(memory, old, size < rest ? size : rest);
    return memory;
}

static nghttp2_mem memory_in(struct slab *slab)
{
    return (nghttp2_mem){slab, take_memory, give_memory, take_zeroed, resize_memory};
}

static int make_server(struct h2_connection *h2)
{
    nghttp2_mem mem = memory_in(h2->slab);
    int result = nghttp2_session_server_new3(&h2->streams.session, h2->streams.context->callbacks, h2,
                                             h2->streams.context->option, &mem);

    slab_seal(h2->slab);
    return result;
}

int h2_session_open(struct h2_connection *h2, struct err *err)
{
    static const nghttp2_settings_entry server[] = {
        /* Without it nghttp2 keeps every closed stream. */
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, H2_STREAMS_MAX},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_HEADERS_MAX},
    };
    static const nghttp2_settings_entry client[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_HEADERS_MAX},
    };
    bool is_server = h2->role == H2_SERVER;
    int result;

    prepare(h2->streams.context);
    result = is_server ? make_server(h2)
                       : nghttp2_session_client_new2(&h2->streams.session, h2->streams.context->callbacks, h2,
                                                     h2->streams.context->option);
    if (result == 0)
        result =
            nghttp2_submit_settings(h2->streams.session, NGHTTP2_FLAG_NONE, is_server ? server : client, 2);
    if (result == 0)
        result = nghttp2_session_set_local_window_size(h2->streams.session, NGHTTP2_FLAG_NONE, 0,
                                                       H2_CONNECTION_WINDOW);
    if (result != 0)
        return err_set(err, -ENOMEM, "cannot start an HTTP/2 session: %s", nghttp2_strerror(result));
    return 0;
}

uint64_t h2_session_keep_alive(struct h2_connection *h2, uint64_t now)
{
    if (!h2->peer_ready || h2->role == H2_CLIENT)
        return UINT64_MAX;
    if (h2->timer.due_ms[H2_PONG] == 0 && now - h2->read_ms >= h2->streams.context->timeouts->ping) {
        (void)nghttp2_submit_ping(h2->streams.session, NGHTTP2_FLAG_NONE, ping_alive);
        h2->timer.due_ms[H2_PONG] = now + h2->streams.context->timeouts->ping_ack;
        h2_streams_mark(&h2->streams);
    }
    return h2->timer.due_ms[H2_PONG] != 0 ? h2->timer.due_ms[H2_PONG]
                                          : h2->read_ms + h2->streams.context->timeouts->ping;
}

void h2_connection_drain(struct h2_connection *h2)
{
    if (h2->streams.session == NULL) {
        h2_connection_close(h2);
        return;
    }
    (void)nghttp2_submit_shutdown_notice(h2->streams.session);
    (void)nghttp2_submit_ping(h2->streams.session, NGHTTP2_FLAG_NONE, ping_drain);
    h2_timer_wait(&h2->timer, H2_DRAIN, h2->streams.context->timeouts->drain_notice);
    h2_streams_mark(&h2->streams);
}

void h2_session_drain_notice(struct h2_connection *h2)
{
    static const char text[] = "graceful_stop";

    if (h2->timer.due_ms[H2_DRAIN] == 0 || h2->drain_noticed)
        return;
    h2->drain_noticed = true;
    (void)nghttp2_submit_goaway(h2->streams.session, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(h2->streams.session),
                                NGHTTP2_NO_ERROR, (const uint8_t *)text, sizeof text - 1);
    h2->streams.ops->draining(h2);
    h2_timer_wait(&h2->timer, H2_DRAIN, h2->streams.context->timeouts->drain);
    h2_streams_mark(&h2->streams);
}
