/* SPDX-License-Identifier: MIT */
#include "grpc/metadata.h"

#include <string.h>
#include <strings.h>

#define GRPC "application/grpc"

bool metadata_is(const uint8_t *value, size_t size, const char *text)
{
    return strlen(text) == size && memcmp(value, text, size) == 0;
}

enum metadata_content metadata_content_type(const uint8_t *value, size_t size)
{
    const char *text = (const char *)value;
    enum metadata_content content = CONTENT_GRPC;
    size_t at = strlen(GRPC);

    if (size < at || strncasecmp(text, GRPC, at) != 0)
        return CONTENT_OTHER;
    if (size - at >= 6 && strncasecmp(text + at, "+proto", 6) == 0) {
        content = CONTENT_GRPC_PROTO;
        at += 6;
    }
    while (at < size && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at == size || text[at] == ';' ? content : CONTENT_OTHER;
}

const char *metadata_content_name(enum metadata_content content)
{
    return content == CONTENT_GRPC_PROTO ? GRPC "+proto" : GRPC;
}

int32_t metadata_pushback(const uint8_t *value, size_t size)
{
    int32_t ms = 0;

    if (size == 0 || (value[0] == '0' && size > 1))
        return -1;
    for (size_t i = 0; i < size; i++) {
        int32_t digit = value[i] - '0';

        if (digit < 0 || digit > 9 || ms > (INT32_MAX - digit) / 10)
            return -1;
        ms = ms * 10 + digit;
    }
    return ms;
}

enum metadata_encoding metadata_encoding(const uint8_t *value, size_t size)
{
    if (metadata_is(value, size, "identity"))
        return ENCODING_IDENTITY;
    return metadata_is(value, size, "gzip") ? ENCODING_GZIP : ENCODING_OTHER;
}
