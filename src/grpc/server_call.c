/* SPDX-License-Identifier: MIT */
#include "grpc/server_call.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "grpc/server_call_private.h"
#include "http2/timeouts.h"

/* Response headers and trailers: how many there are at most. */
#define RESPONSE_HEADERS 3
#define TRAILER_HEADERS 2
/* "16" and its NUL; one more for -Wformat-truncation. */
#define CODE_SIZE 4

const struct tls_peer *server_call_peer(const struct server_call *call)
{
    return stream_peer(&h2_connection_of(&call->stream)->stream);
}

bool server_call_answered(const struct server_call *call)
{
    return call->phase == SERVER_CALL_ANSWERED;
}

void server_call_pause_reading(struct server_call *call, uint64_t ms)
{
    h2_connection_pause_reading(h2_connection_of(&call->stream), ms);
}

const uint64_t *server_call_read_paused_until(const struct server_call *call)
{
    return &h2_connection_of(&call->stream)->timer.due_ms[H2_PAUSE];
}

size_t server_call_unsent(const struct server_call *call)
{
    return buf_length(&call->stream.out);
}

/* ---- timeouts ---- */

void server_call_arm(struct server_call *call)
{
    uint64_t due = call->phase_due_ms;

    if (call->deadline_ms != 0 && (due == 0 || call->deadline_ms < due))
        due = call->deadline_ms;
    h2_connection_stream_due(&call->stream, due);
}

void server_call_phase_timeout(struct server_call *call, uint64_t ms)
{
    call->phase_due_ms = h2_connection_now(h2_connection_of(&call->stream)) + ms;
    server_call_arm(call);
}

/* ---- the parts of a response ---- */

/* The headers of every gRPC response. */
static size_t put_headers(const struct server_call *call, struct h2_header headers[RESPONSE_HEADERS])
{
    const char *content = metadata_content_name(call->request_headers.content);

    headers[0] = (struct h2_header)H2_LITERAL(":status", "200");
    headers[1] = (struct h2_header)H2_LITERAL("content-type", "");
    headers[1].value = content;
    headers[1].value_size = strlen(content);
    headers[2] = (struct h2_header)H2_LITERAL("grpc-accept-encoding", METADATA_ACCEPT_ENCODING);
    return RESPONSE_HEADERS;
}

/* grpc-status and, if there is one, grpc-message. */
static size_t put_trailers(const struct server_call *call, char code[CODE_SIZE],
                           struct h2_header headers[TRAILER_HEADERS])
{
    (void)snprintf(code, CODE_SIZE, "%u", (unsigned)call->code % 100);
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
    return TRAILER_HEADERS;
}

/* The response is complete. The client has timeouts.write_stall to take it: it may have closed its window. */
static void conclude(struct server_call *call)
{
    call->phase = SERVER_CALL_ANSWERED;
    call->stream.finished = true;
    call->deadline_ms = 0;
    server_call_phase_timeout(call, call->stream.streams->context->timeouts->write_stall);
}

static void set_status(struct server_call *call, enum status_code code, const char *text)
{
    char encoded[STATUS_ENCODED_MAX];
    size_t size = code != STATUS_OK ? status_encode(text, encoded) : 0;

    call->code = code;
    call->calls->finished[code]++;
    if (size > 0)
        call->message = mem_strndup(encoded, size);
}

/* Status and trailers in one HEADERS frame. */
static void trailers_only(struct server_call *call, const struct h2_header *http_status)
{
    struct h2_header headers[RESPONSE_HEADERS + TRAILER_HEADERS];
    char code[CODE_SIZE];
    size_t count = put_headers(call, headers);

    if (http_status != NULL)
        headers[0] = *http_status;
    count += put_trailers(call, code, headers + count);
    call->responded = true;
    h2_stream_respond(&call->stream, headers, count, true);
}

/* ---- responses ---- */

void server_call_send(struct server_call *call, const uint8_t *message, size_t size)
{
    uint8_t prefix[FRAME_PREFIX_SIZE];
    struct h2_header headers[RESPONSE_HEADERS];

    if (call->phase == SERVER_CALL_ANSWERED)
        return;
    frame_prefix(prefix, (uint32_t)size);
    buf_append(&call->stream.out, prefix, sizeof prefix);
    buf_append(&call->stream.out, message, size);
    if (call->responded) {
        h2_stream_send(&call->stream);
        return;
    }
    call->responded = true;
    h2_stream_respond(&call->stream, headers, put_headers(call, headers), false);
}

void server_call_finish(struct server_call *call, const struct status *status)
{
    if (call->phase == SERVER_CALL_ANSWERED)
        return;
    set_status(call, status->code, status->message);
    conclude(call);
    if (call->responded)
        h2_stream_send(&call->stream);
    else
        trailers_only(call, NULL);
}

void server_call_fail(struct server_call *call, enum status_code code, const char *format, ...)
{
    struct status status = {.code = code};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(status.message, sizeof status.message, format, args);
    va_end(args);
    server_call_finish(call, &status);
}

void server_call_reply(struct server_call *call, const uint8_t *message, size_t size)
{
    static const struct status ok = {.code = STATUS_OK};

    server_call_send(call, message, size);
    server_call_finish(call, &ok);
}

void server_call_refuse(struct server_call *call)
{
    /* The body is for people with curl or a browser. */
    static const struct {
        struct h2_header code;
        const char *text;
    } refusals[] = {
        [REQUEST_NOT_POST] = {H2_LITERAL(":status", "405"), "method not allowed: gRPC uses POST\n"},
        [REQUEST_NOT_GRPC] = {H2_LITERAL(":status", "415"),
                              "unsupported media type: gRPC uses application/grpc\n"},
        [REQUEST_HEADERS_TOO_BIG] = {H2_LITERAL(":status", "431"), "request header fields too large\n"},
    };
    struct h2_header headers[] = {refusals[call->verdict].code, H2_LITERAL("content-type", "text/plain"),
                                  H2_LITERAL("allow", "POST")};
    const char *text = refusals[call->verdict].text;

    assert(text != NULL); /* the other verdicts get gRPC responses */
    conclude(call);
    call->responded = true;
    if (!call->request_headers.head)
        buf_append(&call->stream.out, text, strlen(text));
    h2_stream_respond(&call->stream, headers, call->verdict == REQUEST_NOT_POST ? 3 : 2,
                      call->request_headers.head);
}

void server_call_reject(struct server_call *call, const char *why)
{
    static const struct h2_header bad_request = H2_LITERAL(":status", "400");

    set_status(call, STATUS_INTERNAL, why);
    conclude(call);
    trailers_only(call, &bad_request);
}

bool server_call_trailers(struct server_call *call)
{
    struct h2_header headers[TRAILER_HEADERS];
    char code[CODE_SIZE];

    if (call->verdict != REQUEST_OK)
        return false; /* the response of server_call_refuse is plain HTTP */
    h2_stream_trailers(&call->stream, headers, put_trailers(call, code, headers));
    return true;
}
