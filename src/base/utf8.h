/* SPDX-License-Identifier: MIT */
/*
 * utf8 - validates UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF). Pure.
 */
#ifndef PROCJON_BASE_UTF8_H
#define PROCJON_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the well-formed sequence that `bytes` starts with; 0 if there is none. */
size_t utf8_sequence(const uint8_t *bytes, size_t size);

/* Whether the text is well-formed and has no control characters (U+0000 to U+001F, U+007F to U+009F). */
bool utf8_is_text(const uint8_t *bytes, size_t size);

/* The greatest length up to `max` bytes at which the well-formed `text` can be cut between two characters. */
size_t utf8_cut(const char *text, size_t max);

#endif
