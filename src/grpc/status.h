/* SPDX-License-Identifier: MIT */
/*
 * status - how a call ended: a code and a sentence, and the percent-encoding it travels in.
 *
 * Pure values. Codes: gRPC doc/statuscodes.md. Encoding: gRPC over HTTP/2, "Percent-Encoded".
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

/* A grpc-message is for a person: what does not fit here is cut. */
#define STATUS_MESSAGE_MAX 512
/* Every byte may become %XX. */
#define STATUS_ENCODED_MAX ((size_t)3 * STATUS_MESSAGE_MAX)

struct status {
    enum status_code code;
    char message[STATUS_MESSAGE_MAX];
};

void status_set(struct status *status, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "NOT_FOUND"; "UNKNOWN" for a number that is none. */
const char *status_name(int code);

/*
 * Percent-encodes a message: everything but %x20-24 and %x26-7E, in capital hex; bytes that are not UTF-8
 * become U+FFFD. `out` has STATUS_ENCODED_MAX bytes; returns the length, without a NUL.
 */
size_t status_encode(const char *message, char *out);

/* Decodes leniently, as a receiver must: a "%" that starts no escape stays. Cut to STATUS_MESSAGE_MAX with a
 * NUL. */
void status_decode(const uint8_t *value, size_t size, char *message);

#endif
