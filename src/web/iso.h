/* SPDX-License-Identifier: MIT */
/*
 * iso - a moment as ISO 8601 writes it, in UTC: "2026-01-31T12:00:00.123Z".
 *
 * Pure; wall clock, milliseconds since 1970.
 */
#ifndef PROCJON_WEB_ISO_H
#define PROCJON_WEB_ISO_H

#include <stdint.h>

/* Whatever year a broken clock shows. */
#define ISO_SIZE 64

/* Returns `out`, which has ISO_SIZE bytes. */
const char *iso_time(char *out, int64_t at_ms);

#endif
