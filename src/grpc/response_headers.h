/* SPDX-License-Identifier: MIT */
/*
 * response_headers - derives the status of a client's call from the headers and trailers of the response.
 *
 * Pure. Embedded in the call, zeroed; response_headers_fini frees what it copies. Every header of the
 * response and of its trailers is passed to response_headers_add when it arrives. Sources: gRPC over HTTP/2,
 * "Responses" and "Errors"; doc/http-grpc-status-mapping.md.
 */
#ifndef PROCJON_GRPC_RESPONSE_HEADERS_H
#define PROCJON_GRPC_RESPONSE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/metadata.h"
#include "grpc/status.h"

struct response_headers {
    unsigned http_status; /* 0: none has arrived */
    enum metadata_content content;
    bool ended; /* grpc-status has arrived */
    enum status_code code;
    uint8_t *message; /* owned; grpc-message, still percent-encoded; NULL: none */
    size_t message_size;
    bool pushed_back;    /* grpc-retry-pushback-ms has arrived */
    int32_t pushback_ms; /* as metadata_pushback */
    unsigned messages;   /* response messages; counted by the caller */
};

void response_headers_fini(struct response_headers *headers);

void response_headers_add(struct response_headers *headers, const uint8_t *name, size_t name_size,
                          const uint8_t *value, size_t value_size);

/* False: only informational responses (1xx) have arrived. */
bool response_headers_is_final(const struct response_headers *headers);

/* Whether the body consists of length-prefixed messages. Another body is ignored. */
bool response_headers_is_grpc(const struct response_headers *headers);

/*
 * The status of a call that expects exactly one message, after END_STREAM. grpc-status takes precedence over
 * the HTTP status; without one, that is translated.
 */
void response_headers_status(const struct response_headers *headers, struct status *status);

/* The status of a call whose stream was reset before END_STREAM. `code`: RFC 9113 §7. */
void response_headers_reset(uint32_t code, struct status *status);

#endif
