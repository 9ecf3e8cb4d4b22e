/* SPDX-License-Identifier: MIT */
/*
 * grpc_timeout - the grpc-timeout header: 1 to 8 digits and one of H M S m u n (gRPC over HTTP/2, "Timeout").
 *
 * Pure.
 */
#ifndef PROCJON_GRPC_GRPC_TIMEOUT_H
#define PROCJON_GRPC_GRPC_TIMEOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Eight digits, the unit and a NUL. */
#define GRPC_TIMEOUT_TEXT_MAX 10

/*
 * False: the value is malformed. Rounded up to whole milliseconds, so that no deadline fires early; less than
 * one millisecond is 0, because it has passed when the server reads it.
 */
bool grpc_timeout_parse(const uint8_t *value, size_t size, uint64_t *ms);

/* The header value for `ms`, rounded up to a unit that has eight digits at most. Returns its length. */
size_t grpc_timeout_format(uint64_t ms, char text[GRPC_TIMEOUT_TEXT_MAX]);

#endif
