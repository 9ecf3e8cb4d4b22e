/* SPDX-License-Identifier: MIT */
#include "engine/unknown_codes.h"

#include <stdlib.h>

#include "base/mem.h"

static int compare(const void *one, const void *other)
{
    int32_t a = *(const int32_t *)one, b = *(const int32_t *)other;

    return (a > b) - (a < b);
}

bool unknown_codes_full(const struct unknown_codes *warned)
{
    return warned->count == UNKNOWN_CODES_MAX;
}

/* An agent may send the same ones all the time, but each is new only once: it is the search that is fast. */
bool unknown_codes_add(struct unknown_codes *warned, int32_t code)
{
    if (unknown_codes_full(warned))
        return false;
    if (warned->count > 0 && bsearch(&code, warned->codes, warned->count, sizeof code, compare) != NULL)
        return false;
    warned->codes = mem_realloc(warned->codes, (warned->count + 1) * sizeof code);
    warned->codes[warned->count++] = code;
    qsort(warned->codes, warned->count, sizeof code, compare);
    return true;
}

void unknown_codes_fini(struct unknown_codes *warned)
{
    free(warned->codes);
    *warned = (struct unknown_codes){0};
}
