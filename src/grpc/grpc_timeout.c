/* SPDX-License-Identifier: MIT */
#include "grpc/grpc_timeout.h"

#include <stdio.h>

#define DIGITS_MAX 8
#define VALUE_MAX 99999999u

/* Less than a millisecond, the resolution of uv_now, counts as passed. */
static uint64_t ms_of(uint64_t number, uint64_t per_ms)
{
    return number < per_ms ? 0 : (number + per_ms - 1) / per_ms;
}

bool grpc_timeout_parse(const uint8_t *value, size_t size, uint64_t *ms)
{
    uint64_t number = 0;

    if (size < 2 || size > DIGITS_MAX + 1)
        return false;
    for (size_t i = 0; i < size - 1; i++) {
        if (value[i] < '0' || value[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    switch (value[size - 1]) {
    case 'H':
        *ms = number * 3600000;
        return true;
    case 'M':
        *ms = number * 60000;
        return true;
    case 'S':
        *ms = number * 1000;
        return true;
    case 'm':
        *ms = number;
        return true;
    case 'u':
        *ms = ms_of(number, 1000);
        return true;
    case 'n':
        *ms = ms_of(number, 1000000);
        return true;
    default:
        return false;
    }
}

size_t grpc_timeout_format(uint64_t ms, char text[GRPC_TIMEOUT_TEXT_MAX])
{
    static const struct {
        uint64_t ms;
        char name;
    } units[] = {{1, 'm'}, {1000, 'S'}, {60000, 'M'}, {3600000, 'H'}};
    size_t unit = 0;
    uint64_t value;

    while (unit < 3 && ms / units[unit].ms >= VALUE_MAX)
        unit++;
    value = (ms + units[unit].ms - 1) / units[unit].ms;
    if (value > VALUE_MAX)
        value = VALUE_MAX;
    return (size_t)snprintf(text, GRPC_TIMEOUT_TEXT_MAX, "%u%c", (unsigned)value, units[unit].name);
}
