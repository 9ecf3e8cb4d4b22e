/* SPDX-License-Identifier: MIT */
/*
 * utf8 - well-formedness of text from outside (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
 *
 * Pure.
 */
#ifndef PROCJON_BASE_UTF8_H
#define PROCJON_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the well-formed sequence that `bytes` starts with; 0 if there is none. */
size_t utf8_sequence(const uint8_t *bytes, size_t size);

/* Well-formed, and free of control characters (U+0000–U+001F, U+007F–U+009F): fit for a log line or a
 * message. */
bool utf8_is_text(const uint8_t *bytes, size_t size);

/* The longest length of at most `max` bytes that splits no sequence of the well-formed `text`. */
size_t utf8_cut(const char *text, size_t max);

#endif
