/* SPDX-License-Identifier: MIT */
/*
 * status - how a call ended: a code (gRPC doc/statuscodes.md) and a message, and the encoding of the message
 * in grpc-message (gRPC over HTTP/2, "Percent-Encoded").
 *
 * Plain values. Any thread.
 */
#ifndef PROCJON_GRPC_STATUS_H
#define PROCJON_GRPC_STATUS_H

#include <stddef.h>
#include <stdint.h>

enum status_code {
    STATUS_OK = 0,
    STATUS_CANCELLED = 1,
    STATUS_UNKNOWN = 2,
    STATUS_INVALID_ARGUMENT = 3,
    STATUS_DEADLINE_EXCEEDED = 4,
    STATUS_NOT_FOUND = 5,
    STATUS_ALREADY_EXISTS = 6,
    STATUS_PERMISSION_DENIED = 7,
    STATUS_RESOURCE_EXHAUSTED = 8,
    STATUS_FAILED_PRECONDITION = 9,
    STATUS_ABORTED = 10,
    STATUS_OUT_OF_RANGE = 11,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13,
    STATUS_UNAVAILABLE = 14,
    STATUS_DATA_LOSS = 15,
    STATUS_UNAUTHENTICATED = 16,
};

/* Bytes of a message with its NUL: a sentence for a person. Longer ones are cut. */
#define STATUS_MESSAGE_MAX 512
/* Every byte may be encoded as %XX. */
#define STATUS_ENCODED_MAX ((size_t)3 * STATUS_MESSAGE_MAX)

struct status {
    enum status_code code;
    char message[STATUS_MESSAGE_MAX];
};

void status_set(struct status *status, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For example "NOT_FOUND"; "UNKNOWN" for a number that is not a code. */
const char *status_name(int code);

/*
 * Percent-encodes everything but %x20-24 and %x26-7E, with upper-case digits; bytes that are not UTF-8 become
 * U+FFFD. `out` has STATUS_ENCODED_MAX bytes; returns the length. No NUL is added.
 */
size_t status_encode(const char *message, char *out);

/* Decodes into `message`, which has STATUS_MESSAGE_MAX bytes with the NUL. Invalid escapes are kept as they
 * are, as the specification demands. */
void status_decode(const uint8_t *value, size_t size, char *message);

#endif
