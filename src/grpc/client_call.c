/* SPDX-License-Identifier: MIT */
#include "grpc/client_call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "grpc/frame.h"
#include "grpc/grpc_timeout.h"
#include "grpc/response_headers.h"
#include "http2/limits.h"

/* An unsigned number and its NUL. */
#define ATTEMPTS_TEXT_MAX 11

struct client_call {
    struct h2_stream stream;           /* first */
    const struct client_call_ops *ops; /* NULL: `done` was called, or the call is cancelled */
    void *owner;
    struct response_headers response_headers;
    struct frame_reader in;
    struct status *violation; /* owned; our status for a response that violates the protocol; NULL: none */
    bool committed;           /* response headers came without END_STREAM, so it is not Trailers-Only */
};

static struct client_call *call_of(struct h2_stream *stream)
{
    return container_of(stream, struct client_call, stream);
}

static struct h2_header text_header(const char *name, const char *value)
{
    return (struct h2_header){
        .name = name,
        .value = value,
        .name_size = strlen(name),
        .value_size = strlen(value),
        .copy = true,
    };
}

struct client_call *client_call_open(struct h2_connection *h2, const struct client_call_target *target,
                                     const struct client_call_request *request,
                                     const struct client_call_ops *ops, void *owner)
{
    struct client_call *call = mem_zalloc(sizeof *call);
    char timeout[GRPC_TIMEOUT_TEXT_MAX], attempts[ATTEMPTS_TEXT_MAX];
    struct h2_header headers[9];
    size_t count = 0;

    headers[count++] = (struct h2_header)H2_LITERAL(":method", "POST");
    headers[count++] = text_header(":scheme", target->tls ? "https" : "http");
    headers[count++] = text_header(":path", request->path);
    headers[count++] = text_header(":authority", target->authority);
    if (request->timeout_ms > 0) {
        (void)grpc_timeout_format(request->timeout_ms, timeout);
        headers[count++] = text_header("grpc-timeout", timeout);
    }
    headers[count++] = (struct h2_header)H2_LITERAL("te", "trailers");
    headers[count++] = (struct h2_header)H2_LITERAL("content-type", "application/grpc");
    headers[count++] = (struct h2_header)H2_LITERAL("user-agent", "grpc-c-procjon/" PROCJON_VERSION);
    if (request->attempts > 0) {
        (void)snprintf(attempts, sizeof attempts, "%u", request->attempts);
        headers[count++] = text_header("grpc-previous-rpc-attempts", attempts);
    }

    call->ops = ops;
    call->owner = owner;
    if (!h2_connection_request(h2, &call->stream, headers, count)) {
        free(call);
        return NULL;
    }
    if (request->timeout_ms > 0)
        h2_connection_stream_due(&call->stream, h2_connection_now(h2) + request->timeout_ms);
    return call;
}

void *client_call_owner(const struct client_call *call)
{
    return call->owner;
}

void client_call_send(struct client_call *call, const uint8_t *message, size_t size)
{
    uint8_t prefix[FRAME_PREFIX_SIZE];

    assert(!call->stream.finished);
    frame_prefix(prefix, (uint32_t)size);
    buf_append(&call->stream.out, prefix, sizeof prefix);
    buf_append(&call->stream.out, message, size);
    h2_stream_send(&call->stream);
}

void client_call_half_close(struct client_call *call)
{
    call->stream.finished = true;
    h2_stream_send(&call->stream);
}

void client_call_cancel(struct client_call *call)
{
    if (call == NULL)
        return;
    call->ops = NULL;
    h2_stream_reset(&call->stream, H2_CANCEL);
}

size_t client_call_unsent(const struct client_call *call)
{
    return buf_length(&call->stream.out);
}

/* ---- events of the stream ---- */

static void finish(struct client_call *call, const struct client_call_end *end)
{
    const struct client_call_ops *ops = call->ops;

    call->ops = NULL;
    if (ops != NULL)
        ops->done(call, end);
}

/* The response violates the protocol: the first violation is the status, and the rest is not read. */
static void reject(struct client_call *call, enum status_code code, const char *what)
{
    if (call->violation != NULL)
        return;
    call->violation = mem_alloc(sizeof *call->violation);
    status_set(call->violation, code, "%s", what);
    h2_stream_reset(&call->stream, H2_CANCEL);
}

void client_call_on_header(struct h2_stream *stream, const uint8_t *name, size_t name_size,
                           const uint8_t *value, size_t value_size)
{
    response_headers_add(&call_of(stream)->response_headers, name, name_size, value, value_size);
}

void client_call_on_headers(struct h2_stream *stream, bool trailing)
{
    struct client_call *call = call_of(stream);

    (void)trailing;
    if (response_headers_is_final(&call->response_headers) && !stream->remote_closed)
        call->committed = true;
    if (stream->header_size > H2_HEADERS_MAX)
        reject(call, STATUS_INTERNAL, "response headers are larger than announced");
}

void client_call_on_data(struct h2_stream *stream, const uint8_t *bytes, size_t size)
{
    struct client_call *call = call_of(stream);
    struct frame frame;

    while (call->violation == NULL && response_headers_is_grpc(&call->response_headers)) {
        switch (frame_next(&call->in, &bytes, &size, GRPC_MESSAGE_MAX, &frame)) {
        case FRAME_NONE:
            return;
        case FRAME_MESSAGE:
            /* The request has no grpc-accept-encoding: only identity is allowed. */
            if (frame.flag != 0)
                reject(call, STATUS_INTERNAL, "response message is compressed");
            call->response_headers.messages++;
            break;
        case FRAME_TOO_LARGE:
            reject(call, STATUS_RESOURCE_EXHAUSTED, "response message is too large");
            break;
        case FRAME_BAD_FLAG:
            reject(call, STATUS_INTERNAL, "response message has an unexpected payload format");
            break;
        }
    }
}

/* If the server answers before the request is complete, sending stops. `gone` follows and calls `done`. */
void client_call_on_end(struct h2_stream *stream)
{
    struct client_call *call = call_of(stream);

    if (frame_partial(&call->in))
        reject(call, STATUS_INTERNAL, "response ended inside a message");
    else if (!stream->finished || buf_length(&stream->out) > 0)
        h2_stream_reset(stream, H2_NO_ERROR);
}

void client_call_on_sent(struct h2_stream *stream)
{
    struct client_call *call = call_of(stream);

    if (call->ops != NULL && call->ops->sent != NULL && !stream->remote_closed)
        call->ops->sent(call);
}

bool client_call_on_trailers(struct h2_stream *stream)
{
    (void)stream;
    return false;
}

/* `done` is called at once: the reset may wait for a server that does not read. */
void client_call_on_due(struct h2_stream *stream)
{
    struct client_call *call = call_of(stream);
    struct client_call_end end = {.committed = call->committed};

    h2_stream_reset(stream, H2_CANCEL);
    status_set(&end.status, STATUS_DEADLINE_EXCEEDED, "no answer in time");
    finish(call, &end);
}

void client_call_on_gone(struct h2_stream *stream, uint32_t code, const char *lost)
{
    struct client_call *call = call_of(stream);
    struct client_call_end end = {.committed = call->committed};

    if (call->violation != NULL) {
        end.status = *call->violation;
    } else if (stream->remote_closed) {
        response_headers_status(&call->response_headers,
                                &end.status); /* whatever the code of a reset after it */
        end.pushed_back = call->response_headers.pushed_back && !call->committed;
        end.pushback_ms = call->response_headers.pushback_ms;
    } else if (lost != NULL) {
        status_set(&end.status, STATUS_UNAVAILABLE, "connection lost: %s", lost);
    } else {
        response_headers_reset(code, &end.status);
        end.refused = code == H2_REFUSED_STREAM && !call->committed;
    }
    finish(call, &end);
    free(call->violation);
    response_headers_fini(&call->response_headers);
    frame_fini(&call->in);
    buf_fini(&stream->out);
    free(call);
}
