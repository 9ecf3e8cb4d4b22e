/* SPDX-License-Identifier: MIT */
#include "grpc/frame.h"

#include <string.h>

static uint32_t announced(const uint8_t *prefix)
{
    return (uint32_t)prefix[1] << 24 | (uint32_t)prefix[2] << 16 | (uint32_t)prefix[3] << 8 | prefix[4];
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The prefix is checked as soon as it is complete, not after the message has arrived. */
static enum frame_result judge(const uint8_t *prefix, uint32_t max, struct frame *frame)
{
    frame->flag = prefix[0];
    frame->size = announced(prefix);
    if (frame->flag > 1)
        return FRAME_BAD_FLAG;
    return frame->size > max ? FRAME_TOO_LARGE : FRAME_MESSAGE;
}

enum frame_result frame_next(struct frame_reader *reader, const uint8_t **bytes, size_t *size, uint32_t max,
                             struct frame *frame)
{
    enum frame_result verdict;
    size_t part;

    if (reader->handed) {
        buf_fini(&reader->body);
        reader->handed = false;
    }
    if (*size == 0)
        return FRAME_NONE;

    /* The common case: the whole message is in the piece and is not copied. */
    if (reader->have == 0 && *size >= FRAME_PREFIX_SIZE) {
        verdict = judge(*bytes, max, frame);
        if (verdict != FRAME_MESSAGE)
            return verdict;
        if (*size - FRAME_PREFIX_SIZE >= frame->size) {
            frame->message = *bytes + FRAME_PREFIX_SIZE;
            *bytes += FRAME_PREFIX_SIZE + frame->size;
            *size -= FRAME_PREFIX_SIZE + frame->size;
            return FRAME_MESSAGE;
        }
    }

    part = smaller(*size, (size_t)(FRAME_PREFIX_SIZE - reader->have));
    memcpy(reader->prefix + reader->have, *bytes, part);
    reader->have = (uint8_t)(reader->have + part);
    *bytes += part;
    *size -= part;
    if (reader->have < FRAME_PREFIX_SIZE)
        return FRAME_NONE;
    verdict = judge(reader->prefix, max, frame);
    if (verdict != FRAME_MESSAGE)
        return verdict;

    part = smaller(*size, frame->size - buf_length(&reader->body));
    buf_append(&reader->body, *bytes, part);
    *bytes += part;
    *size -= part;
    if (buf_length(&reader->body) < frame->size)
        return FRAME_NONE;
    frame->message = frame->size > 0 ? buf_bytes(&reader->body) : reader->prefix;
    reader->have = 0;
    reader->handed = true;
    return FRAME_MESSAGE;
}

bool frame_partial(const struct frame_reader *reader)
{
    return reader->have > 0;
}

void frame_fini(struct frame_reader *reader)
{
    buf_fini(&reader->body);
    *reader = (struct frame_reader){0};
}

void frame_prefix(uint8_t prefix[FRAME_PREFIX_SIZE], uint32_t size)
{
    prefix[0] = 0;
    prefix[1] = (uint8_t)(size >> 24);
    prefix[2] = (uint8_t)(size >> 16);
    prefix[3] = (uint8_t)(size >> 8);
    prefix[4] = (uint8_t)size;
}
