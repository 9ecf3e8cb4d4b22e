/* SPDX-License-Identifier: MIT */
/* The messages do not depend on how the stream is split. */
#include <stdlib.h>

#include "fuzz.h"
#include "grpc/frame.h"

#define MAX 4096

/* A checksum of all messages. */
static uint64_t digest(const uint8_t *data, size_t size, size_t step)
{
    struct frame_reader reader = {0};
    enum frame_result result = FRAME_NONE;
    uint64_t sum = 0;

    for (size_t at = 0; at < size && result == FRAME_NONE; at += step) {
        const uint8_t *bytes = data + at;
        size_t left = size - at < step ? size - at : step;
        struct frame frame;

        while ((result = frame_next(&reader, &bytes, &left, MAX, &frame)) == FRAME_MESSAGE) {
            sum = sum * 31 + frame.size + frame.flag;
            for (uint32_t i = 0; i < frame.size; i++)
                sum = sum * 31 + frame.message[i];
        }
        sum += result != FRAME_NONE ? frame.size : 0;
    }
    if (result == FRAME_NONE)
        sum = sum * 31 + frame_partial(&reader);
    frame_fini(&reader);
    return sum * 31 + (uint64_t)result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (digest(data + 1, size - 1, size) != digest(data + 1, size - 1, (size_t)data[0] + 1))
        abort();
    return 0;
}
