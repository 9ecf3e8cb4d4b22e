/* SPDX-License-Identifier: MIT */
/*
 * percent - one byte as %XX (RFC 3986, section 2.1), there and back.
 *
 * Pure.
 */
#ifndef PROCJON_BASE_PERCENT_H
#define PROCJON_BASE_PERCENT_H

#include <stddef.h>
#include <stdint.h>

#define PERCENT_SIZE 3

static inline void percent_put(char out[PERCENT_SIZE], uint8_t byte)
{
    static const char digits[] = "0123456789ABCDEF";

    out[0] = '%';
    out[1] = digits[byte >> 4];
    out[2] = digits[byte & 15];
}

static inline int percent_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* The byte that `text` begins with; -1: it does not begin with %XX. */
static inline int percent_get(const char *text, size_t size)
{
    int high, low;

    if (size < PERCENT_SIZE || text[0] != '%' || (high = percent_digit(text[1])) < 0 ||
        (low = percent_digit(text[2])) < 0)
        return -1;
    return high << 4 | low;
}

#endif
