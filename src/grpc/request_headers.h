/* SPDX-License-Identifier: MIT */
/*
 * request_headers - the headers of a request, and whether they are those of a valid gRPC call.
 *
 * Pure. Embedded in the call, zeroed. Every header is passed to request_headers_add when it arrives, then
 * request_headers_judge returns the verdict. It checks first whether the request is gRPC at all, then whether
 * it is well-formed, then its deadline.
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
    REQUEST_BAD_SCHEME,      /* HTTP 400, gRPC INTERNAL */
    REQUEST_EXPIRED,         /* DEADLINE_EXCEEDED */
};

/* The caller handles :path itself. */
void request_headers_add(struct request_headers *headers, const uint8_t *name, size_t name_size,
                         const uint8_t *value, size_t value_size);

/* `header_size`: the size of the header list as RFC 9113 §6.5.2 defines it. */
enum request_headers_verdict request_headers_judge(const struct request_headers *headers,
                                                   uint32_t header_size);

#endif
