/* SPDX-License-Identifier: MIT */
/* Formatting a parsed timeout does not make it shorter. */
#include <stdlib.h>

#include "fuzz.h"
#include "grpc/grpc_timeout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[GRPC_TIMEOUT_TEXT_MAX];
    uint64_t ms, again;
    size_t length;

    if (!grpc_timeout_parse(data, size, &ms))
        return 0;
    length = grpc_timeout_format(ms, text);
    if (length >= sizeof text || !grpc_timeout_parse((const uint8_t *)text, length, &again) || again < ms)
        abort();
    return 0;
}
