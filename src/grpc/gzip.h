/* SPDX-License-Identifier: MIT */
/*
 * gzip - one compressed message made plain (gRPC doc/compression.md; RFC 1952).
 *
 * Pure. A new context for each message: none survives from one to the next.
 */
#ifndef PROCJON_GRPC_GZIP_H
#define PROCJON_GRPC_GZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum gzip_result {
    GZIP_OK,
    GZIP_TOO_LARGE, /* more than `max` bytes come out; found without inflating the rest */
    GZIP_CORRUPT,   /* garbage, truncated, or with something behind it */
};

/* Appends to `out`, which is the caller's whatever the result. No bytes in: no bytes out. */
enum gzip_result gzip_inflate(const uint8_t *in, size_t size, size_t max, struct buf *out);

#endif
