/* SPDX-License-Identifier: MIT */
/*
 * metadata - what the headers of a gRPC call mean (gRPC over HTTP/2, "Requests" and "Responses").
 *
 * Pure. Only what this project acts on; everything else a peer may send is legal and ignored.
 */
#ifndef PROCJON_GRPC_METADATA_H
#define PROCJON_GRPC_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metadata_content { CONTENT_NONE, CONTENT_GRPC, CONTENT_GRPC_PROTO, CONTENT_OTHER };

/* content-type, without regard to case: application/grpc, with +proto or parameters. */
enum metadata_content metadata_content_type(const uint8_t *value, size_t size);

/* What we answer to a request of that type; never the client's own text. */
const char *metadata_content_name(enum metadata_content content);

enum metadata_encoding { ENCODING_IDENTITY, ENCODING_GZIP, ENCODING_OTHER };

/* grpc-encoding */
enum metadata_encoding metadata_encoding(const uint8_t *value, size_t size);

/*
 * grpc-retry-pushback-ms (gRFC A6): the wait before the next attempt. -1: there shall be none, which is also
 * what a value means that is no number without leading zeros.
 */
int32_t metadata_pushback(const uint8_t *value, size_t size);

/* What grpc-accept-encoding says of us. */
#define METADATA_ACCEPT_ENCODING "identity,gzip"

/* Whether a header value is exactly `text`. */
bool metadata_is(const uint8_t *value, size_t size, const char *text);

#endif
