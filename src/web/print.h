/* SPDX-License-Identifier: MIT */
/*
 * print - our own words into a struct buf, of any length. Words from outside go through escape.h.
 *
 * Pure.
 */
#ifndef PROCJON_WEB_PRINT_H
#define PROCJON_WEB_PRINT_H

#include "base/buf.h"

void print_text(struct buf *out, const char *text);
void print_format(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
