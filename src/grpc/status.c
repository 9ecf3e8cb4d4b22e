/* SPDX-License-Identifier: MIT */
#include "grpc/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* The longest UTF-8 sequence, each byte of it as %XX. */
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
    static const char hex[] = "0123456789ABCDEF";
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] >= 0x20 && bytes[i] <= 0x7e && bytes[i] != '%') {
            out[length++] = (char)bytes[i];
            continue;
        }
        out[length++] = '%';
        out[length++] = hex[bytes[i] >> 4];
        out[length++] = hex[bytes[i] & 15];
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

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

void status_decode(const uint8_t *value, size_t size, char *message)
{
    size_t length = 0;

    for (size_t i = 0; i < size && length < STATUS_MESSAGE_MAX - 1; i++) {
        bool escaped =
            value[i] == '%' && size - i > 2 && digit(value[i + 1]) >= 0 && digit(value[i + 2]) >= 0;
        char c = (char)value[i];

        if (escaped) {
            c = (char)(digit(value[i + 1]) << 4 | digit(value[i + 2]));
            i += 2;
        }
        message[length++] = c != '\0' ? c : ' ';
    }
    message[length] = '\0';
}
