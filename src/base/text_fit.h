/* SPDX-License-Identifier: MIT */
/*
 * text_fit - text from outside made valid UTF-8 and cut to a limit, between characters and never inside one.
 *
 * Pure; appends to a struct buf of the caller. Sizes are weights, not bytes: a character weighs 1, and
 * `& < >` weigh what their entities `&amp; &lt; &gt;` take, so that a text is within its limit after it is
 * escaped. A byte that is not part of valid UTF-8 (RFC 3629) becomes U+FFFD, because JSON must be valid UTF-8
 * and one bad byte must not cost the message.
 */
#ifndef PROCJON_BASE_TEXT_FIT_H
#define PROCJON_BASE_TEXT_FIT_H

#include <stddef.h>

#include "base/buf.h"

/* Appends at most `max` in weight; a longer text ends in "…", which counts. `max` is at least 1. */
void text_fit_add(struct buf *buf, const char *text, size_t max);

/* The same with `& < >` written as entities. An entity is not cut. */
void text_fit_escape(struct buf *buf, const char *text, size_t max);

/* The weight of all that is in the buffer, which must be valid UTF-8. */
size_t text_fit_weight(const struct buf *buf);

#endif
