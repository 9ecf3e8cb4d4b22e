/* SPDX-License-Identifier: MIT */
/* A decoded message can be encoded again, with the characters that are legal in a header. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "grpc/status.h"

static bool is_valid(const char *text)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t left = strlen(text);

    while (left > 0) {
        size_t size = utf8_sequence(bytes, left);

        if (size == 0)
            return false;
        bytes += size;
        left -= size;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[STATUS_MESSAGE_MAX], wire[STATUS_ENCODED_MAX], again[STATUS_MESSAGE_MAX];
    size_t length;

    status_decode(data, size, message);
    length = status_encode(message, wire);
    if (length > sizeof wire)
        abort();
    for (size_t i = 0; i < length; i++) {
        if (wire[i] < 0x20 || wire[i] > 0x7e)
            abort();
    }
    status_decode((const uint8_t *)wire, length, again);
    if (is_valid(message) && strncmp(message, again, strlen(again)) != 0)
        abort();
    return 0;
}
