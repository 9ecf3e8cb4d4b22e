/* SPDX-License-Identifier: MIT */
#include "grpc/server_call_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "grpc/gzip.h"
#include "grpc/limits.h"
#include "grpc/server_call.h"
#include "grpc/server_call_private.h"

static const char deadline_exceeded[] = "context deadline exceeded";

static struct server_call *call_of(struct h2_stream *stream)
{
    return container_of(stream, struct server_call, stream);
}

static struct server_call_transport *transport_of(const struct server_call *call)
{
    return container_of(h2_connection_of(&call->stream), struct server_call_transport, h2);
}

static const struct timeouts *timeouts_of(const struct server_call *call)
{
    return call->stream.streams->context->timeouts;
}

/* Of grpc/server_call.h. Here, because every message passes through this file already. */
void *server_call_service(const struct server_call *call)
{
    return call->method->service;
}

void *server_call_state(struct server_call *call)
{
    return call->state;
}

/* Sums up the bytes of unfinished messages, for the limits of the connection and of the server. */
static void count_buffered(struct server_call *call)
{
    size_t buffered = call->in.body.size + call->body.size;

    call->calls->buffered += buffered - call->buffered;
    transport_of(call)->buffered += buffered - call->buffered;
    call->buffered = buffered;
}

static bool buffers_too_much(const struct server_call *call)
{
    return call->buffered > 0 && (call->calls->buffered > GRPC_BUFFERED_MAX ||
                                  transport_of(call)->buffered > GRPC_BUFFERED_CONNECTION_MAX);
}

static void drop_request(struct server_call *call)
{
    frame_fini(&call->in);
    buf_fini(&call->body);
    count_buffered(call);
}

/* ---- headers ---- */

struct h2_stream *server_call_on_begin(struct h2_connection *h2)
{
    struct server_calls *calls = container_of(h2, struct server_call_transport, h2)->calls;
    struct server_call *call;

    if (calls->open >= GRPC_CALLS_MAX)
        return NULL;
    call = mem_zalloc(sizeof *call);
    call->calls = calls;
    calls->open++;
    calls->started++;
    return &call->stream;
}

static void on_path(struct server_call *call, const uint8_t *value, size_t size)
{
    call->method = server_calls_method(call->calls, value, size);
    if (call->method == NULL && call->path == NULL)
        call->path = mem_strndup((const char *)value, size < GRPC_PATH_MAX ? size : GRPC_PATH_MAX);
}

void server_call_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size,
                           const uint8_t *value, size_t value_size)
{
    struct server_call *call = call_of(stream);

    if (call->phase != SERVER_CALL_HEADERS)
        return; /* trailers of a request have no meaning in gRPC */
    if (metadata_is(name, name_size, ":path"))
        on_path(call, value, value_size);
    else
        request_headers_add(&call->request_headers, name, name_size, value, value_size);
}

static void unknown_method(struct server_call *call)
{
    const char *path = call->path != NULL ? call->path : "";
    const char *slash = strrchr(path, '/');

    if (path[0] != '/' || slash == path)
        server_call_fail(call, STATUS_UNIMPLEMENTED, "malformed method name: \"%s\"", path);
    else if (!server_calls_has_service(call->calls, (const uint8_t *)path, (size_t)(slash - path) + 1))
        server_call_fail(call, STATUS_UNIMPLEMENTED, "unknown service %.*s", (int)(slash - path) - 1,
                         path + 1);
    else
        server_call_fail(call, STATUS_UNIMPLEMENTED, "unknown method %s for service %.*s", slash + 1,
                         (int)(slash - path) - 1, path + 1);
}

/* The headers are valid: starts the timeouts and calls method->open. */
static void open_call(struct server_call *call)
{
    call->phase = SERVER_CALL_READING;
    call->opened = true;
    if (call->request_headers.timeout_given)
        call->deadline_ms =
            h2_connection_now(h2_connection_of(&call->stream)) + call->request_headers.timeout_ms;
    if (!call->method->stream)
        server_call_phase_timeout(call, timeouts_of(call)->request);
    else if (call->request_headers.timeout_given)
        server_call_arm(call);
    if (call->method->open != NULL)
        call->method->open(call);
}

void server_call_on_headers(struct h2_stream *stream, bool trailing)
{
    struct server_call *call = call_of(stream);

    if (trailing)
        return;
    call->verdict = request_headers_judge(&call->request_headers, stream->header_size);
    switch (call->verdict) {
    case REQUEST_OK:
        if (call->method != NULL)
            open_call(call);
        else
            unknown_method(call);
        break;
    case REQUEST_NOT_POST:
    case REQUEST_NOT_GRPC:
    case REQUEST_HEADERS_TOO_BIG:
        /* The body is read first, so that nghttp2 still finds violations of HTTP/2 in it. */
        call->phase = SERVER_CALL_REFUSING;
        server_call_phase_timeout(call, timeouts_of(call)->refuse);
        break;
    case REQUEST_BAD_TIMEOUT:
        server_call_reject(call, "malformed grpc-timeout");
        break;
    case REQUEST_BAD_SCHEME:
        server_call_reject(call, "malformed :scheme");
        break;
    case REQUEST_EXPIRED:
        server_call_fail(call, STATUS_DEADLINE_EXCEEDED, deadline_exceeded);
        break;
    }
}

/* ---- messages ---- */

static void deliver(struct server_call *call, const uint8_t *message, size_t size)
{
    call->calls->messages++;
    if (call->method->stream) {
        call->method->message(call, message, size);
    } else if (call->complete) {
        server_call_fail(call, STATUS_UNIMPLEMENTED, "more than one request message for a unary method");
    } else {
        /* Kept until END_STREAM, or a second message, which is an error. */
        call->complete = true;
        buf_append(&call->body, message, size);
        server_call_phase_timeout(call, timeouts_of(call)->half_close);
    }
}

static void inflate(struct server_call *call, const struct frame *frame)
{
    struct token_bucket *budget = &transport_of(call)->inflated;
    struct buf plain = {0};

    if (call->request_headers.encoding == ENCODING_IDENTITY) {
        server_call_fail(call, STATUS_INTERNAL,
                         "compressed flag set, but grpc-encoding is identity or absent");
        return;
    }
    if (call->request_headers.encoding == ENCODING_OTHER) {
        server_call_fail(call, STATUS_UNIMPLEMENTED,
                         "grpc-encoding is not supported, only " METADATA_ACCEPT_ENCODING);
        return;
    }
    if (!token_bucket_has(budget, h2_connection_now(h2_connection_of(&call->stream)))) {
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED,
                         "compressed messages of one connection became more than %u bytes a second",
                         GRPC_INFLATED_RATE);
        return;
    }
    switch (gzip_inflate(frame->message, frame->size, GRPC_MESSAGE_MAX, &plain)) {
    case GZIP_OK:
        deliver(call, buf_bytes(&plain), buf_length(&plain));
        break;
    case GZIP_TOO_LARGE:
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED,
                         "received message larger than max when decompressed (%u)", GRPC_MESSAGE_MAX);
        break;
    case GZIP_CORRUPT:
        server_call_fail(call, STATUS_INTERNAL, "compressed message is corrupt");
        break;
    }
    token_bucket_charge(budget, (double)buf_length(&plain));
    buf_fini(&plain);
}

static void on_frame(struct server_call *call, enum frame_result result, const struct frame *frame)
{
    switch (result) {
    case FRAME_NONE:
        break;
    case FRAME_MESSAGE:
        if (frame->flag == 0)
            deliver(call, frame->message, frame->size);
        else
            inflate(call, frame);
        break;
    case FRAME_TOO_LARGE:
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "received message larger than max (%u vs. %u)",
                         frame->size, GRPC_MESSAGE_MAX);
        break;
    case FRAME_BAD_FLAG:
        server_call_fail(call, STATUS_INTERNAL, "received message with unexpected payload format %u",
                         frame->flag);
        break;
    }
}

void server_call_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size)
{
    struct server_call *call = call_of(stream);
    enum frame_result result = FRAME_MESSAGE;
    struct frame frame;

    if (call->phase == SERVER_CALL_REFUSING) {
        call->refused_size += (uint32_t)size;
        if (call->refused_size > GRPC_REFUSE_SIZE)
            server_call_refuse(call);
        return;
    }
    while (call->phase == SERVER_CALL_READING && result != FRAME_NONE) {
        result = frame_next(&call->in, &bytes, &size, GRPC_MESSAGE_MAX, &frame);
        on_frame(call, result, &frame);
    }
    count_buffered(call);
    if (call->phase == SERVER_CALL_READING && buffers_too_much(call))
        server_call_fail(call, STATUS_RESOURCE_EXHAUSTED, "too many unfinished messages");
    if (call->phase == SERVER_CALL_ANSWERED)
        drop_request(call);
}

/* The unary request is complete. */
static void deliver_unary(struct server_call *call)
{
    call->phase = SERVER_CALL_DELIVERED;
    call->phase_due_ms = 0;
    server_call_arm(call);
    call->method->message(call, buf_bytes(&call->body), buf_length(&call->body));
    drop_request(call);
}

void server_call_on_end(struct h2_stream *stream)
{
    struct server_call *call = call_of(stream);

    if (call->phase == SERVER_CALL_REFUSING)
        server_call_refuse(call);
    else if (call->phase != SERVER_CALL_READING)
        return;
    else if (frame_partial(&call->in))
        server_call_fail(call, STATUS_INTERNAL, "unexpected EOF inside a message");
    else if (call->method->stream)
        call->method->half_close(call);
    else if (!call->complete)
        server_call_fail(call, STATUS_UNIMPLEMENTED, "no request message for a unary method");
    else
        deliver_unary(call);
}

/* ---- the response ---- */

void server_call_on_sent(struct h2_stream *stream)
{
    struct server_call *call = call_of(stream);

    if (call->phase != SERVER_CALL_ANSWERED && call->method->sent != NULL)
        call->method->sent(call);
}

bool server_call_on_trailers(struct h2_stream *stream)
{
    return server_call_trailers(call_of(stream));
}

/* ---- timeouts and the end ---- */

/* Trailers cannot follow an incomplete message: then the stream is reset (gRPC over HTTP/2, "Errors"). */
static void expire(struct server_call *call)
{
    if (server_call_unsent(call) > 0)
        h2_stream_reset(&call->stream, H2_CANCEL);
    else
        server_call_fail(call, STATUS_DEADLINE_EXCEEDED, deadline_exceeded);
}

void server_call_on_due(struct h2_stream *stream)
{
    struct server_call *call = call_of(stream);
    uint64_t now = h2_connection_now(h2_connection_of(stream));
    bool step = call->phase_due_ms != 0 && call->phase_due_ms <= now;
    bool late = call->deadline_ms != 0 && call->deadline_ms <= now;

    if (!step && !late)
        server_call_arm(call);
    else if (call->phase == SERVER_CALL_ANSWERED)
        h2_stream_reset(stream, H2_CANCEL); /* the client did not take the response */
    else if (call->phase == SERVER_CALL_REFUSING)
        server_call_refuse(call);
    else if (call->phase == SERVER_CALL_READING && call->complete && !late)
        deliver_unary(call);
    else
        expire(call);
}

void server_call_drain(struct h2_stream *stream)
{
    struct server_call *call = call_of(stream);

    if (call->phase == SERVER_CALL_REFUSING)
        server_call_refuse(call);
    else if (call->phase == SERVER_CALL_READING || (call->phase == SERVER_CALL_DELIVERED && call->responded))
        server_call_fail(call, STATUS_UNAVAILABLE, "server shutting down");
}

void server_call_on_gone(struct h2_stream *stream, uint32_t code)
{
    struct server_call *call = call_of(stream);

    (void)code;
    if (call->opened && call->method->gone != NULL)
        call->method->gone(call);
    drop_request(call);
    call->calls->open--;
    buf_fini(&call->stream.out);
    free(call->path);
    free(call->message);
    free(call);
}
