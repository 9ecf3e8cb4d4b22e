/* SPDX-License-Identifier: MIT */
/*
 * gzip - inflates one compressed message (gRPC doc/compression.md; RFC 1952).
 *
 * Pure. Every message has a context of its own.
 */
#ifndef PROCJON_GRPC_GZIP_H
#define PROCJON_GRPC_GZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum gzip_result {
    GZIP_OK,
    GZIP_TOO_LARGE, /* inflates to more than `max` bytes; stops there */
    GZIP_CORRUPT,   /* not gzip, truncated, or followed by more bytes */
};

/* Appends to `out`, which the caller frees, also after an error. An empty message stays empty. */
enum gzip_result gzip_inflate(const uint8_t *in, size_t size, size_t max, struct buf *out);

#endif
