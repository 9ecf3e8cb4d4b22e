/* SPDX-License-Identifier: MIT */
/*
 * text_fit - words from outside, made fit to be read: valid UTF-8, cut between characters, never inside one.
 *
 * Works on a struct buf of its caller. Sizes are weights, not bytes: a character weighs one, and `& < >`
 * weigh what their entities `&amp; &lt; &gt;` take, so that a text keeps within its limit after it was
 * escaped. A byte that is not part of valid UTF-8 (RFC 3629) becomes U+FFFD: a bad byte spoils one character,
 * never a message.
 */
#ifndef PROCJON_NOTIFY_TEXT_FIT_H
#define PROCJON_NOTIFY_TEXT_FIT_H

#include <stddef.h>

#include "base/buf.h"

/* At most `max` in weight; a longer text ends in "…", which is counted. `max` is at
 * least 1. */
void text_fit_add(struct buf *buf, const char *text, size_t max);

/* The same with `& < >` written as entities, and nothing else changed. No entity is cut. */
void text_fit_escape(struct buf *buf, const char *text, size_t max);

size_t text_fit_weight(const struct buf *buf);

#endif
