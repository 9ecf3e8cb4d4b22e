/* SPDX-License-Identifier: MIT */
/* The verdict, and the frame at which it comes, do not depend on how the bytes are split. */
#include <stdlib.h>

#include "fuzz.h"
#include "http2/flood_guard.h"

struct end {
    enum flood_guard_verdict verdict;
    uint64_t frames;
    bool partial;
};

static struct end watch(const uint8_t *data, size_t size, size_t step)
{
    struct end end = {.verdict = FLOOD_GUARD_OK};
    struct flood_guard guard;

    flood_guard_init(&guard, true, 1);
    for (size_t at = 0; at < size && end.verdict == FLOOD_GUARD_OK;) {
        size_t part = size - at < step ? size - at : step;
        size_t taken = part;

        end.verdict = flood_guard_feed(&guard, data + at, &taken, 1);
        if (taken > part || (taken < part && end.verdict == FLOOD_GUARD_OK))
            abort();
        at += part;
    }
    end.frames = guard.frames;
    end.partial = end.verdict == FLOOD_GUARD_OK && flood_guard_partial(&guard);
    return end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct end whole, cut;

    if (size < 2)
        return 0;
    whole = watch(data + 1, size - 1, size);
    cut = watch(data + 1, size - 1, (size_t)data[0] + 1);
    if (whole.verdict != cut.verdict || whole.frames != cut.frames || whole.partial != cut.partial)
        abort();
    return 0;
}
