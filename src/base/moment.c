/* SPDX-License-Identifier: MIT */
#include "base/moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/print.h"

static struct tm utc(int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm = {0};

    (void)gmtime_r(&seconds, &tm);
    return tm;
}

const char *moment_iso(char out[MOMENT_ISO_SIZE], int64_t at_ms)
{
    struct tm tm = utc(at_ms);

    (void)snprintf(out, MOMENT_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(at_ms % 1000));
    return out;
}

void moment_time(struct buf *out, int64_t at_ms)
{
    moment_date(out, at_ms);
    print_text(out, " ");
    moment_clock(out, at_ms);
    print_format(out, ":%02d UTC", utc(at_ms).tm_sec);
}

void moment_date(struct buf *out, int64_t at_ms)
{
    struct tm tm = utc(at_ms);

    print_format(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

void moment_clock(struct buf *out, int64_t at_ms)
{
    struct tm tm = utc(at_ms);

    print_format(out, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

void moment_span(struct buf *out, int64_t ms)
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    int64_t left = ms / 1000;
    size_t i = 0;

    if (left <= 0) {
        print_text(out, "less than 1 s");
        return;
    }
    while (left < units[i].seconds)
        i++;
    print_format(out, "%" PRId64 " %s", left / units[i].seconds, units[i].name);
    left %= units[i].seconds;
    if (i + 1 < sizeof units / sizeof units[0] && left >= units[i + 1].seconds)
        print_format(out, " %" PRId64 " %s", left / units[i + 1].seconds, units[i + 1].name);
}
