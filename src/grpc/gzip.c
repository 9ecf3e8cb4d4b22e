/* SPDX-License-Identifier: MIT */
#include "grpc/gzip.h"

#include <zlib.h>

/* windowBits of inflateInit2: the largest window; only the gzip format. */
#define GZIP_ONLY (MAX_WBITS + 16)
#define STEP 4096

enum gzip_result gzip_inflate(const uint8_t *in, size_t size, size_t max, struct buf *out)
{
    z_stream stream = {.next_in = (Bytef *)in, .avail_in = (uInt)size};
    size_t total = 0;
    int result = Z_OK;

    if (size == 0)
        return GZIP_OK;
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK)
        return GZIP_CORRUPT;
    while (result == Z_OK && total <= max) {
        size_t room = max + 1 - total < STEP ? max + 1 - total : STEP;

        stream.next_out = buf_reserve(out, room);
        stream.avail_out = (uInt)room;
        result = inflate(&stream, Z_NO_FLUSH);
        buf_grow(out, room - stream.avail_out);
        total += room - stream.avail_out;
        /* No output and no input left: the message is truncated. */
        if (result == Z_OK && stream.avail_in == 0 && stream.avail_out == room)
            break;
    }
    size = stream.avail_in;
    (void)inflateEnd(&stream);
    if (total > max)
        return GZIP_TOO_LARGE;
    return result == Z_STREAM_END && size == 0 ? GZIP_OK : GZIP_CORRUPT;
}
