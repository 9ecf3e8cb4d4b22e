/* SPDX-License-Identifier: MIT */
/*
 * response_headers - what a server's response headers and trailers, or its silence, say about a call.
 *
 * Pure. Embedded in the call, zeroed; each header of the response and of its trailers is given to
 * response_headers_add as it arrives. Sources: gRPC over HTTP/2 "Responses" and "Errors",
 * doc/http-grpc-status-mapping.md.
 */
#ifndef PROCJON_GRPC_RESPONSE_HEADERS_H
#define PROCJON_GRPC_RESPONSE_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/metadata.h"
#include "grpc/status.h"

struct response_headers {
    unsigned http_status; /* 0: none yet */
    enum metadata_content content;
    bool ended; /* grpc-status is there */
    enum status_code code;
    uint8_t *message; /* owned, grpc-message as it came; NULL: none */
    size_t message_size;
    bool pushed_back;    /* grpc-retry-pushback-ms is there */
    int32_t pushback_ms; /* as metadata_pushback */
    unsigned messages;   /* response messages counted by the caller */
};

void response_headers_fini(struct response_headers *headers);

void response_headers_add(struct response_headers *headers, const uint8_t *name, size_t name_size,
                          const uint8_t *value, size_t value_size);

/* Whether the response itself has begun: what came before it is only information (1xx). */
bool response_headers_is_final(const struct response_headers *headers);

/* Whether the body consists of length-prefixed messages; otherwise it is for people, and skipped. */
bool response_headers_is_grpc(const struct response_headers *headers);

/*
 * The response is complete (END_STREAM): how did a call end that expects exactly one message? A grpc-status
 * counts whatever HTTP says; without one, HTTP's is translated.
 */
void response_headers_status(const struct response_headers *headers, struct status *status);

/* The stream was reset before that, with an error code of RFC 9113 §7. */
void response_headers_reset(uint32_t code, struct status *status);

#endif
