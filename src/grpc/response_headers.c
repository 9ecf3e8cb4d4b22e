/* SPDX-License-Identifier: MIT */
#include "grpc/response_headers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void response_headers_fini(struct response_headers *headers)
{
    free(headers->message);
    headers->message = NULL;
    headers->message_size = 0;
}

/* :status begins a response: discards the headers of an informational response (1xx) before it. */
static void begin(struct response_headers *headers, const uint8_t *value, size_t size)
{
    unsigned status = 0;

    response_headers_fini(headers);
    *headers = (struct response_headers){.messages = headers->messages};
    for (size_t i = 0; i < size; i++)
        status = status * 10 + (unsigned)(value[i] - '0');
    headers->http_status = status;
}

/* Decimal. What is not a number or not a known code is UNKNOWN. */
static enum status_code parse_code(const uint8_t *value, size_t size)
{
    unsigned code = 0;

    if (size == 0 || size > 2)
        return STATUS_UNKNOWN;
    for (size_t i = 0; i < size; i++) {
        if (value[i] < '0' || value[i] > '9')
            return STATUS_UNKNOWN;
        code = code * 10 + (unsigned)(value[i] - '0');
    }
    return code <= STATUS_UNAUTHENTICATED ? (enum status_code)code : STATUS_UNKNOWN;
}

void response_headers_add(struct response_headers *headers, const uint8_t *name, size_t name_size,
                          const uint8_t *value, size_t value_size)
{
    if (metadata_is(name, name_size, ":status")) {
        begin(headers, value, value_size); /* nghttp2 has checked that it has three digits */
    } else if (metadata_is(name, name_size, "content-type")) {
        headers->content = metadata_content_type(value, value_size);
    } else if (metadata_is(name, name_size, "grpc-status")) {
        headers->ended = true;
        headers->code = parse_code(value, value_size);
    } else if (metadata_is(name, name_size, "grpc-message")) {
        response_headers_fini(headers);
        headers->message = mem_alloc(value_size + 1);
        headers->message_size = value_size;
        memcpy(headers->message, value, value_size);
    } else if (metadata_is(name, name_size, "grpc-retry-pushback-ms")) {
        /* Two values are invalid: no retry. */
        headers->pushback_ms = headers->pushed_back ? -1 : metadata_pushback(value, value_size);
        headers->pushed_back = true;
    }
}

bool response_headers_is_final(const struct response_headers *headers)
{
    return headers->http_status >= 200;
}

bool response_headers_is_grpc(const struct response_headers *headers)
{
    return headers->http_status == 200 &&
           (headers->content == CONTENT_GRPC || headers->content == CONTENT_GRPC_PROTO);
}

/* doc/http-grpc-status-mapping.md */
static enum status_code from_http(unsigned http_status)
{
    switch (http_status) {
    case 400:
    case 431:
        return STATUS_INTERNAL;
    case 401:
        return STATUS_UNAUTHENTICATED;
    case 403:
        return STATUS_PERMISSION_DENIED;
    case 404:
        return STATUS_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return STATUS_UNAVAILABLE;
    default:
        return STATUS_UNKNOWN;
    }
}

void response_headers_status(const struct response_headers *headers, struct status *status)
{
    if (!headers->ended && response_headers_is_grpc(headers)) {
        status_set(status, STATUS_UNKNOWN, "response ended without a grpc-status");
    } else if (!headers->ended) {
        status_set(status, from_http(headers->http_status), "no gRPC response, but HTTP status %u",
                   headers->http_status);
    } else if (headers->code == STATUS_OK && headers->messages != 1) {
        status_set(status, STATUS_UNIMPLEMENTED, "%u response messages instead of one", headers->messages);
    } else {
        status_set(status, headers->code, "%s", "");
        if (headers->message != NULL)
            status_decode(headers->message, headers->message_size, status->message);
    }
}

/* gRPC over HTTP/2, "Errors": the index is the HTTP/2 error code. */
void response_headers_reset(uint32_t code, struct status *status)
{
    static const struct {
        const char *name;
        enum status_code code;
    } codes[] = {
        {"NO_ERROR", STATUS_INTERNAL},
        {"PROTOCOL_ERROR", STATUS_INTERNAL},
        {"INTERNAL_ERROR", STATUS_INTERNAL},
        {"FLOW_CONTROL_ERROR", STATUS_INTERNAL},
        {"SETTINGS_TIMEOUT", STATUS_INTERNAL},
        {"STREAM_CLOSED", STATUS_INTERNAL},
        {"FRAME_SIZE_ERROR", STATUS_INTERNAL},
        {"REFUSED_STREAM", STATUS_UNAVAILABLE},
        {"CANCEL", STATUS_CANCELLED},
        {"COMPRESSION_ERROR", STATUS_INTERNAL},
        {"CONNECT_ERROR", STATUS_INTERNAL},
        {"ENHANCE_YOUR_CALM", STATUS_RESOURCE_EXHAUSTED},
        {"INADEQUATE_SECURITY", STATUS_PERMISSION_DENIED},
        {"HTTP_1_1_REQUIRED", STATUS_INTERNAL},
    };

    if (code < sizeof codes / sizeof codes[0])
        status_set(status, codes[code].code, "stream was reset: %s", codes[code].name);
    else
        status_set(status, STATUS_INTERNAL, "stream was reset: error code %u", code);
}
