/* SPDX-License-Identifier: MIT */
/*
 * print - our own words into a struct buf, of any length.
 *
 * Pure. Words from outside are first made fit for where they go: notify/text.h, web/escape.h.
 */
#ifndef PROCJON_BASE_PRINT_H
#define PROCJON_BASE_PRINT_H

#include "base/buf.h"

void print_text(struct buf *out, const char *text);
void print_format(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
