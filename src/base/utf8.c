/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

static bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t utf8_sequence(const uint8_t *bytes, size_t size)
{
    uint8_t first, low = 0x80, high = 0xbf;
    size_t length;

    if (size == 0)
        return 0;
    first = bytes[0];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size < length)
        return 0;
    /* RFC 3629 §4: the second byte rules out overlong forms, surrogates and what lies beyond U+10FFFF. */
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (!is_tail(bytes[i]))
            return 0;
    }
    return length;
}

bool utf8_is_text(const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        size_t length = utf8_sequence(bytes, size);

        if (length == 0 || (length == 1 && (bytes[0] < 0x20 || bytes[0] == 0x7f)))
            return false;
        if (length == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0)
            return false;
        bytes += length;
        size -= length;
    }
    return true;
}

size_t utf8_cut(const char *text, size_t max)
{
    size_t length = strlen(text);

    if (length <= max)
        return length;
    while (max > 0 && is_tail((uint8_t)text[max]))
        max--;
    return max;
}
