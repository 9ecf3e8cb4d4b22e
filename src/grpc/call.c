/* SPDX-License-Identifier: MIT */
#include "grpc/call.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "grpc/connection.h"
#include "grpc/frame.h"
#include "grpc/gzip.h"
#include "grpc/limits.h"
#include "grpc/metadata.h"
#include "grpc/request.h"

/*
 *      HEADERS ──▶ READING ──────▶ HANDED ──▶ ANSWERED
 *         │           └──────────────┴────────▲
 *         ├──▶ REFUSING (no gRPC: its body is read before it is told so)
 *         └──────────────────────────────────▶ ANSWERED
 */
enum phase { HEADERS, READING, HANDED, REFUSING, ANSWERED };

struct call {
    struct h2_stream stream; /* first */
    struct server *server;
    const struct method *method; /* NULL: its path is unknown */
    enum phase phase;
    struct request request;
    enum request_verdict verdict;
    bool opened;    /* the method was told */
    bool responded; /* the response's headers are submitted */
    bool complete;  /* the one message of a unary request is in `body` */
    uint32_t refused_size;
    uint64_t deadline_ms, step_ms; /* of uv_now; 0: none */
    char *path;                    /* owned; only of a method that is unknown */
    struct frame_reader in;
    struct buf body;
    enum status_code code;
    char *message; /* owned, percent-encoded grpc-message; NULL: none */
    alignas(max_align_t) unsigned char state[CALL_STATE_SIZE];
};

static struct call *call_of(struct h2_stream *stream)
{
    return container_of(stream, struct call, stream);
}

static void arm(struct call *call)
{
    uint64_t due = call->step_ms;

    if (call->deadline_ms != 0 && (due == 0 || call->deadline_ms < due))
        due = call->deadline_ms;
    h2_stream_due(&call->stream, due);
}

static void step_in(struct call *call, uint64_t ms)
{
    call->step_ms = h2_now(call->stream.h2) + ms;
    arm(call);
}

/* ---- what a service may do --------------------------------------------------------------------------------- */

void *call_service(const struct call *call)
{
    return call->method->service;
}

void *call_state(struct call *call)
{
    return call->state;
}

uv_loop_t *call_loop(const struct call *call)
{
    return call->server->loop;
}

const struct tls_peer *call_peer(const struct call *call)
{
    return stream_peer(&call->stream.h2->stream);
}

bool call_answered(const struct call *call)
{
    return call->phase == ANSWERED;
}

size_t call_unsent(const struct call *call)
{
    return buf_length(&call->stream.out);
}

/* The headers that every gRPC response starts with. */
static size_t response(const struct call *call, struct h2_header headers[3])
{
    const char *content = metadata_content_name(call->request.content);

    headers[0] = (struct h2_header)H2_LITERAL(":status", "200");
    headers[1] = (struct h2_header)H2_LITERAL("content-type", "");
    headers[1].value = content;
    headers[1].value_size = strlen(content);
    headers[2] = (struct h2_header)H2_LITERAL("grpc-accept-encoding", METADATA_ACCEPT_ENCODING);
    return 3;
}

/* grpc-status and, if there is one, grpc-message. */
static size_t ending(const struct call *call, char code[4], struct h2_header headers[2])
{
    (void)snprintf(code, 4, "%u", (unsigned)call->code % 100);
    headers[0] = (struct h2_header)H2_LITERAL("grpc-status", "");
    headers[0].value = code;
    headers[0].value_size = strlen(code);
    headers[0].copy = true;
    if (call->message == NULL)
        return 1;
    headers[1] = (struct h2_header)H2_LITERAL("grpc-message", "");
    headers[1].value = call->message;
    headers[1].value_size = strlen(call->message);
    headers[1].copy = true;
    return 2;
}

void call_send(struct call *call, const uint8_t *message, size_t size)
{
    uint8_t prefix[FRAME_PREFIX_SIZE];
    struct h2_header headers[3];

    assert(call->phase != ANSWERED);
    frame_prefix(prefix, (uint32_t)size);
    buf_append(&call->stream.out, prefix, sizeof prefix);
    buf_append(&call->stream.out, message, size);
    if (call->responded) {
        h2_send(&call->stream);
        return;
    }
    call->responded = true;
    h2_respond(&call->stream, headers, response(call, headers), false);
}

static void set_message(struct call *call, const char *text)
{
    char encoded[STATUS_ENCODED_MAX];
    size_t size = status_encode(text, encoded);

    if (size > 0)
        call->message = mem_strndup(encoded, size);
}

void call_finish(struct call *call, const struct status *status)
{
    struct h2_header headers[5];
    char code[4];
    size_t count;

    assert(call->phase != ANSWERED);
    call->phase = ANSWERED;
    call->code = status->code;
    call->server->counters.finished[status->code]++;
    if (status->code != STATUS_OK)
        set_message(call, status->message);
    call->step_ms = call->deadline_ms = 0;
    arm(call);
    call->stream.finished = true;
    if (call->responded) {
        h2_send(&call->stream);
        return;
    }
    call->responded = true;
    count = response(call, headers);
    count += ending(call, code, headers + count);
    h2_respond(&call->stream, headers, count, true);
}

void call_fail(struct call *call, enum status_code code, const char *format, ...)
{
    struct status status = {.code = code};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(status.message, sizeof status.message, format, args);
    va_end(args);
    call_finish(call, &status);
}

void call_reply(struct call *call, const uint8_t *message, size_t size)
{
    static const struct status ok = {.code = STATUS_OK};

    call_send(call, message, size);
    call_finish(call, &ok);
}

/* ---- the request's headers --------------------------------------------------------------------------------- */

struct h2_stream *call_begin(struct h2 *h2)
{
    struct call *call = mem_zalloc(sizeof *call);

    call->server = container_of(h2, struct server_connection, h2)->server;
    call->server->counters.calls++;
    return &call->stream;
}

static void on_path(struct call *call, const uint8_t *value, size_t size)
{
    call->method = server_method(call->server, value, size);
    if (call->method == NULL && call->path == NULL)
        call->path = mem_strndup((const char *)value, size < GRPC_PATH_MAX ? size : GRPC_PATH_MAX);
}

void call_header(struct h2_stream *stream, const uint8_t *name, size_t name_size, const uint8_t *value,
                 size_t value_size)
{
    struct call *call = call_of(stream);

    if (call->phase != HEADERS)
        return; /* trailers of a request say nothing */
    if (metadata_is(name, name_size, ":path"))
        on_path(call, value, value_size);
    else
        request_header(&call->request, name, name_size, value, value_size);
}

/*
 * The answer to a request that is no gRPC. It comes after the request's body, so that a malformed one is still
 * found by the rules of HTTP/2, and it has a body of its own for people with curl.
 */
static void refuse(struct call *call)
{
    static const struct {
        struct h2_header code;
        const char *text;
    } refusals[] = {
        [REQUEST_NOT_POST] = {H2_LITERAL(":status", "405"), "method not allowed: gRPC uses POST\n"},
        [REQUEST_NOT_GRPC] = {H2_LITERAL(":status", "415"),
                              "unsupported media type: gRPC uses application/grpc\n"},
        [REQUEST_HEADERS_TOO_BIG] = {H2_LITERAL(":status", "431"), "request header fields too large\n"},
    };
    struct h2_header headers[3] = {{0}, H2_LITERAL("content-type", "text/plain"), H2_LITERAL("allow", "POST")};
    const char *text = refusals[call->verdict].text;

    call->phase = ANSWERED;
    call->step_ms = 0;
    arm(call);
    headers[0] = refusals[call->verdict].code;
    call->stream.finished = true;
    call->responded = true;
    if (!call->request.head)
        buf_append(&call->stream.out, text, strlen(text));
    h2_respond(&call->stream, headers, call->verdict == REQUEST_NOT_POST ? 3 : 2, call->request.head);
}

/* gRPC by its content-type, but not a request that anybody may send: an HTTP error with a gRPC status. */
static void reject(struct call *call, const char *why)
{
    struct h2_header headers[5];
    char code[4];
    size_t count;

    call->phase = ANSWERED;
    call->code = STATUS_INTERNAL;
    call->server->counters.finished[STATUS_INTERNAL]++;
    set_message(call, why);
    count = response(call, headers);
    headers[0] = (struct h2_header)H2_LITERAL(":status", "400");
    count += ending(call, code, headers + count);
    call->stream.finished = true;
    call->responded = true;
    h2_respond(&call->stream, headers, count, true);
}

static void unknown_method(struct call *call)
{
    const char *path = call->path != NULL ? call->path : "";
    const char *slash = strrchr(path, '/');

    if (path[0] != '/' || slash == path)
        call_fail(call, STATUS_UNIMPLEMENTED, "malformed method name: \"%s\"", path);
    else if (!server_has_service(call->server, (const uint8_t *)path, (size_t)(slash - path) + 1))
        call_fail(call, STATUS_UNIMPLEMENTED, "unknown service %.*s", (int)(slash - path) - 1, path + 1);
    else
        call_fail(call, STATUS_UNIMPLEMENTED, "unknown method %s for service %.*s", slash + 1,
                  (int)(slash - path) - 1, path + 1);
}

/* The headers are in order: the method is told, and the clocks that bound it start. */
static void open_call(struct call *call)
{
    call->phase = READING;
    call->opened = true;
    if (call->request.timeout_given)
        call->deadline_ms = h2_now(call->stream.h2) + call->request.timeout_ms;
    if (!call->method->stream)
        step_in(call, GRPC_REQUEST_MS);
    else if (call->request.timeout_given)
        arm(call);
    if (call->method->open != NULL)
        call->method->open(call);
}

void call_headers(struct h2_stream *stream, bool trailing)
{
    struct call *call = call_of(stream);

    if (trailing)
        return;
    call->verdict = request_judge(&call->request, stream->header_size);
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
        call->phase = REFUSING;
        step_in(call, GRPC_REFUSE_MS);
        break;
    case REQUEST_BAD_TIMEOUT:
        reject(call, "malformed grpc-timeout");
        break;
    case REQUEST_BAD_SCHEME:
        reject(call, "malformed :scheme");
        break;
    case REQUEST_EXPIRED:
        call_fail(call, STATUS_DEADLINE_EXCEEDED, "context deadline exceeded");
        break;
    }
}

/* ---- the request's messages -------------------------------------------------------------------------------- */

static void deliver(struct call *call, const uint8_t *message, size_t size)
{
    call->server->counters.messages++;
    if (call->method->stream) {
        call->method->message(call, message, size);
    } else if (call->complete) {
        call_fail(call, STATUS_UNIMPLEMENTED, "more than one request message for a unary method");
    } else {
        /* Kept until it is certain that it is the only one. */
        call->complete = true;
        buf_append(&call->body, message, size);
        step_in(call, GRPC_HALF_CLOSE_MS);
    }
}

static void inflate(struct call *call, const struct frame *frame)
{
    struct buf plain = {0};

    if (call->request.encoding == ENCODING_IDENTITY) {
        call_fail(call, STATUS_INTERNAL, "compressed flag set, but grpc-encoding is identity or absent");
        return;
    }
    if (call->request.encoding == ENCODING_OTHER) {
        call_fail(call, STATUS_UNIMPLEMENTED, "grpc-encoding is not supported, only " METADATA_ACCEPT_ENCODING);
        return;
    }
    switch (gzip_inflate(frame->message, frame->size, GRPC_MESSAGE_MAX, &plain)) {
    case GZIP_OK:
        deliver(call, buf_bytes(&plain), buf_length(&plain));
        break;
    case GZIP_TOO_LARGE:
        call_fail(call, STATUS_RESOURCE_EXHAUSTED, "received message larger than max when decompressed (%u)",
                  GRPC_MESSAGE_MAX);
        break;
    case GZIP_CORRUPT:
        call_fail(call, STATUS_INTERNAL, "compressed message is corrupt");
        break;
    }
    buf_fini(&plain);
}

void call_data(struct h2_stream *stream, const uint8_t *bytes, size_t size)
{
    struct call *call = call_of(stream);
    struct frame frame;

    if (call->phase == REFUSING) {
        call->refused_size += (uint32_t)size;
        if (call->refused_size > GRPC_REFUSE_SIZE)
            refuse(call);
        return;
    }
    while (call->phase == READING) {
        switch (frame_next(&call->in, &bytes, &size, GRPC_MESSAGE_MAX, &frame)) {
        case FRAME_NONE:
            return;
        case FRAME_MESSAGE:
            if (frame.flag == 0)
                deliver(call, frame.message, frame.size);
            else
                inflate(call, &frame);
            break;
        case FRAME_TOO_LARGE:
            call_fail(call, STATUS_RESOURCE_EXHAUSTED, "received message larger than max (%u vs. %u)", frame.size,
                      GRPC_MESSAGE_MAX);
            break;
        case FRAME_BAD_FLAG:
            call_fail(call, STATUS_INTERNAL, "received message with unexpected payload format %u", frame.flag);
            break;
        }
    }
}

/* The unary request is all there. */
static void hand(struct call *call)
{
    call->phase = HANDED;
    call->step_ms = 0;
    arm(call);
    call->method->message(call, buf_bytes(&call->body), buf_length(&call->body));
}

void call_end(struct h2_stream *stream)
{
    struct call *call = call_of(stream);

    if (call->phase == REFUSING) {
        refuse(call);
    } else if (call->phase == READING) {
        if (frame_partial(&call->in))
            call_fail(call, STATUS_INTERNAL, "unexpected EOF inside a message");
        else if (call->method->stream)
            call->method->half_close(call);
        else if (!call->complete)
            call_fail(call, STATUS_UNIMPLEMENTED, "no request message for a unary method");
        else
            hand(call);
    }
}

void call_sent(struct h2_stream *stream)
{
    struct call *call = call_of(stream);

    if (call->opened && call->phase != ANSWERED && call->method->sent != NULL)
        call->method->sent(call);
}

bool call_trailers(struct h2_stream *stream)
{
    struct call *call = call_of(stream);
    struct h2_header headers[2];
    char code[4];

    if (call->verdict != REQUEST_OK)
        return false;
    h2_trailers(stream, headers, ending(call, code, headers));
    return true;
}

void call_due(struct h2_stream *stream)
{
    struct call *call = call_of(stream);
    uint64_t now = h2_now(stream->h2);
    bool step = call->step_ms != 0 && call->step_ms <= now;

    if (call->phase == REFUSING)
        refuse(call);
    else if (call->phase == READING && step && call->complete)
        hand(call);
    else if (call->phase != ANSWERED && (step || (call->deadline_ms != 0 && call->deadline_ms <= now)))
        call_fail(call, STATUS_DEADLINE_EXCEEDED, "context deadline exceeded");
    else
        arm(call);
}

void call_drain(struct h2_stream *stream)
{
    struct call *call = call_of(stream);
    bool endless = call->phase == READING || call->responded;

    if (call->phase == HEADERS || call->phase == REFUSING || call->phase == ANSWERED || !endless)
        return;
    call_fail(call, STATUS_UNAVAILABLE, "server shutting down");
}

void call_gone(struct h2_stream *stream, uint32_t code)
{
    struct call *call = call_of(stream);

    (void)code;
    if (call->opened && call->method->gone != NULL)
        call->method->gone(call);
    frame_fini(&call->in);
    buf_fini(&call->body);
    buf_fini(&call->stream.out);
    free(call->path);
    free(call->message);
    free(call);
}
