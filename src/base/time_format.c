/* SPDX-License-Identifier: MIT */
#include "base/time_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"

static struct tm utc(int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm = {0};

    (void)gmtime_r(&seconds, &tm);
    return tm;
}

const char *time_format_iso(char out[TIME_FORMAT_ISO_SIZE], int64_t at_ms)
{
    struct tm tm = utc(at_ms);

    (void)snprintf(out, TIME_FORMAT_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(at_ms % 1000));
    return out;
}

void time_format_time(struct buf *out, int64_t at_ms)
{
    time_format_date(out, at_ms);
    buf_puts(out, " ");
    time_format_clock(out, at_ms);
    buf_printf(out, ":%02d UTC", utc(at_ms).tm_sec);
}

void time_format_date(struct buf *out, int64_t at_ms)
{
    struct tm tm = utc(at_ms);

    buf_printf(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

void time_format_clock(struct buf *out, int64_t at_ms)
{
    struct tm tm = utc(at_ms);

    buf_printf(out, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

void time_format_span(struct buf *out, int64_t ms)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    int64_t left = ms / 1000;
    size_t i = 0;

    if (left <= 0) {
        buf_puts(out, "less than 1 s");
        return;
    }
    while (left < units[i].seconds)
        i++;
    buf_printf(out, "%" PRId64 " %s", left / units[i].seconds, units[i].name);
    left %= units[i].seconds;
    if (i + 1 < sizeof units / sizeof units[0] && left >= units[i + 1].seconds)
        buf_printf(out, " %" PRId64 " %s", left / units[i + 1].seconds, units[i + 1].name);
}
