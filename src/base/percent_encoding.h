/* SPDX-License-Identifier: MIT */
/*
 * percent_encoding - encodes and decodes a byte as %XX (RFC 3986, section 2.1). Pure.
 */
#ifndef PROCJON_BASE_PERCENT_ENCODING_H
#define PROCJON_BASE_PERCENT_ENCODING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PERCENT_ENCODING_SIZE 3

static inline void percent_encoding_put(char out[PERCENT_ENCODING_SIZE], uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";

    out[0] = '%';
    out[1] = digits[byte >> 4];
    out[2] = digits[byte & 15];
}

static inline int percent_encoding_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* The byte of the %XX that `text` begins with; -1: it does not begin with one. */
static inline int percent_encoding_get(const char *text, size_t size)
{
    int high, low;

    if (size < PERCENT_ENCODING_SIZE || text[0] != '%' || (high = percent_encoding_digit(text[1])) < 0 ||
        (low = percent_encoding_digit(text[2])) < 0)
        return -1;
    return high << 4 | low;
}

/*
 * Decodes every %XX of the string in place; returns the new length. An incomplete escape is kept, and so is
 * %00, which a string cannot hold.
 */
static inline size_t percent_encoding_decode(char *text)
{
    const char *end = text + strlen(text);
    char *to = text;

    for (const char *from = text; from < end; to++) {
        int byte = percent_encoding_get(from, (size_t)(end - from));

        *to = byte > 0 ? (char)byte : *from;
        from += byte > 0 ? PERCENT_ENCODING_SIZE : 1;
    }
    *to = '\0';
    return (size_t)(to - text);
}

#endif
