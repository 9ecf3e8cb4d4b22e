/* SPDX-License-Identifier: MIT */
#include "engine/unknown_codes.h"

#include <stdlib.h>

#include "base/mem.h"

static int compare(const void *one, const void *other)
{
    int32_t a = *(const int32_t *)one, b = *(const int32_t *)other;

    return (a > b) - (a < b);
}

bool unknown_codes_full(const struct unknown_codes *unknown_codes)
{
    return unknown_codes->count == UNKNOWN_CODES_MAX;
}

/* Codes repeat, and each is new only once: the search is fast, the insertion need not be. */
bool unknown_codes_add(struct unknown_codes *unknown_codes, int32_t code)
{
    if (unknown_codes_full(unknown_codes))
        return false;
    if (unknown_codes->count > 0 &&
        bsearch(&code, unknown_codes->codes, unknown_codes->count, sizeof code, compare) != NULL)
        return false;
    unknown_codes->codes = mem_realloc(unknown_codes->codes, (unknown_codes->count + 1) * sizeof code);
    unknown_codes->codes[unknown_codes->count++] = code;
    qsort(unknown_codes->codes, unknown_codes->count, sizeof code, compare);
    return true;
}

void unknown_codes_fini(struct unknown_codes *unknown_codes)
{
    free(unknown_codes->codes);
    *unknown_codes = (struct unknown_codes){0};
}
