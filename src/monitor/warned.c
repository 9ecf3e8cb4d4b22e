/* SPDX-License-Identifier: MIT */
#include "monitor/warned.h"

#include <stdlib.h>

#include "base/mem.h"

static int compare(const void *one, const void *other)
{
    int32_t a = *(const int32_t *)one, b = *(const int32_t *)other;

    return (a > b) - (a < b);
}

bool warned_full(const struct warned *warned)
{
    return warned->count == WARNED_MAX;
}

/* An agent may send the same ones all the time, but each is new only once: it is the search that is fast. */
bool warned_add(struct warned *warned, int32_t code)
{
    if (warned_full(warned))
        return false;
    if (warned->count > 0 && bsearch(&code, warned->codes, warned->count, sizeof code, compare) != NULL)
        return false;
    warned->codes = mem_realloc(warned->codes, (warned->count + 1) * sizeof code);
    warned->codes[warned->count++] = code;
    qsort(warned->codes, warned->count, sizeof code, compare);
    return true;
}

void warned_fini(struct warned *warned)
{
    free(warned->codes);
    *warned = (struct warned){0};
}
