/* SPDX-License-Identifier: MIT */
/*
 * request_headers - what the headers of a request say, and whether they make a gRPC call.
 *
 * Pure. Embedded in the call, zeroed; each header is given to request_headers_add as it arrives, then
 * request_headers_judge says what to do. Order of the rules: what is no gRPC at all, then what is malformed,
 * then the deadline.
 */
#ifndef PROCJON_GRPC_REQUEST_HEADERS_H
#define PROCJON_GRPC_REQUEST_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/metadata.h"

struct request_headers {
    enum metadata_content content;
    enum metadata_encoding encoding;
    bool post, head, http_scheme;
    bool timeout_given, timeout_bad;
    uint64_t timeout_ms;
};

enum request_headers_verdict {
    REQUEST_OK,
    REQUEST_NOT_POST,        /* HTTP 405 */
    REQUEST_NOT_GRPC,        /* HTTP 415 */
    REQUEST_HEADERS_TOO_BIG, /* HTTP 431 */
    REQUEST_BAD_TIMEOUT,     /* HTTP 400, gRPC INTERNAL */
    REQUEST_BAD_SCHEME,      /* the same */
    REQUEST_EXPIRED,         /* DEADLINE_EXCEEDED */
};

/* :path is the caller's affair. */
void request_headers_add(struct request_headers *headers, const uint8_t *name, size_t name_size,
                         const uint8_t *value, size_t value_size);

/* `header_size`: as RFC 9113 §6.5.2 counts. */
enum request_headers_verdict request_headers_judge(const struct request_headers *headers,
                                                   uint32_t header_size);

#endif
