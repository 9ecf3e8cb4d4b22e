/* SPDX-License-Identifier: MIT */
/*
 * time_format - times and durations as text.
 *
 * Pure; functions with a struct buf append to it. Times are milliseconds of the wall clock since 1970, and
 * are written in UTC.
 */
#ifndef PROCJON_BASE_TIME_FORMAT_H
#define PROCJON_BASE_TIME_FORMAT_H

#include <stdint.h>

#include "base/buf.h"

/* The year of any int64_t fits. */
#define TIME_FORMAT_ISO_SIZE 64

/* "2026-01-31T12:00:00.123Z" (ISO 8601, and RFC 3339). Returns `out`. */
const char *time_format_iso(char out[TIME_FORMAT_ISO_SIZE], int64_t at_ms);

/* "2026-01-31 14:02:03 UTC" */
void time_format_time(struct buf *out, int64_t at_ms);

/* "2026-01-31" */
void time_format_date(struct buf *out, int64_t at_ms);

/* "14:02" */
void time_format_clock(struct buf *out, int64_t at_ms);

/* "4 min 12 s": the two largest units; "less than 1 s" below a second. */
void time_format_span(struct buf *out, int64_t ms);

#endif
