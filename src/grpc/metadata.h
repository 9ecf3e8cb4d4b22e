/* SPDX-License-Identifier: MIT */
/*
 * metadata - parses the values of gRPC headers (gRPC over HTTP/2, "Requests" and "Responses").
 *
 * Pure. Has only what this project uses: other headers are legal and ignored.
 */
#ifndef PROCJON_GRPC_METADATA_H
#define PROCJON_GRPC_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metadata_content { CONTENT_NONE, CONTENT_GRPC, CONTENT_GRPC_PROTO, CONTENT_OTHER };

/* content-type, without regard to case: application/grpc, with +proto or parameters. */
enum metadata_content metadata_content_type(const uint8_t *value, size_t size);

/* The content-type of the response to such a request. */
const char *metadata_content_name(enum metadata_content content);

enum metadata_encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_OTHER };

/* grpc-encoding */
enum metadata_encoding metadata_encoding(const uint8_t *value, size_t size);

/*
 * grpc-retry-pushback-ms (gRFC A6): the wait before a retry. -1: no retry; so does a value that is not a
 * number or has leading zeros.
 */
int32_t metadata_pushback(const uint8_t *value, size_t size);

/* The grpc-accept-encoding of our responses. */
#define METADATA_ACCEPT_ENCODING "identity,gzip"

/* Whether a header value is exactly `text`. */
bool metadata_is(const uint8_t *value, size_t size, const char *text);

#endif
