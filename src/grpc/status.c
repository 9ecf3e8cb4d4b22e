/* SPDX-License-Identifier: MIT */
#include "grpc/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/percent_encoding.h"
#include "base/utf8.h"

/* The longest UTF-8 sequence, with each byte as %XX. */
#define ESCAPED_SEQUENCE_MAX 12

void status_set(struct status *status, enum status_code code, const char *format, ...)
{
    va_list args;

    status->code = code;
    va_start(args, format);
    (void)vsnprintf(status->message, sizeof status->message, format, args);
    va_end(args);
}

const char *status_name(int code)
{
    static const char *const names[] = {
        "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED",
    };

    return code >= 0 && (size_t)code < sizeof names / sizeof names[0] ? names[code] : "UNKNOWN";
}

static size_t escape(char *out, const uint8_t *bytes, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] >= 0x20 && bytes[i] <= 0x7e && bytes[i] != '%') {
            out[length++] = (char)bytes[i];
            continue;
        }
        percent_encoding_put(out + length, bytes[i]);
        length += PERCENT_ENCODING_SIZE;
    }
    return length;
}

size_t status_encode(const char *message, char *out)
{
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd}; /* U+FFFD */
    const uint8_t *bytes = (const uint8_t *)message;
    size_t left = strlen(message);
    size_t length = 0;

    while (left > 0 && length + ESCAPED_SEQUENCE_MAX <= STATUS_ENCODED_MAX) {
        size_t size = utf8_sequence(bytes, left);

        if (size > 0) {
            length += escape(out + length, bytes, size);
        } else {
            length += escape(out + length, replacement, sizeof replacement);
            size = 1;
        }
        bytes += size;
        left -= size;
    }
    return length;
}

void status_decode(const uint8_t *value, size_t size, char *message)
{
    size_t length = 0;

    for (size_t i = 0; i < size && length < STATUS_MESSAGE_MAX - 1; i++) {
        int escaped = percent_encoding_get((const char *)value + i, size - i);
        char c = escaped >= 0 ? (char)escaped : (char)value[i];

        if (escaped >= 0)
            i += PERCENT_ENCODING_SIZE - 1;
        message[length++] = c != '\0' ? c : ' ';
    }
    message[length] = '\0';
}
