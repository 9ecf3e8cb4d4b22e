/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* First allocation: a small gRPC message with its headers fits. */
#define BUF_FIRST_SIZE 256

void buf_fini(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

uint8_t *buf_reserve(struct buf *buf, size_t size)
{
    if (buf->size - buf->end >= size && buf->data != NULL)
        return buf->data + buf->end;
    if (buf->start > 0) {
        assert(buf->data != NULL);
        memmove(buf->data, buf->data + buf->start, buf->end - buf->start);
        buf->end -= buf->start;
        buf->start = 0;
    }
    if (buf->size - buf->end < size) {
        size_t want = buf->size > 0 ? buf->size : BUF_FIRST_SIZE;

        while (want - buf->end < size)
            want *= 2;
        buf->data = mem_realloc(buf->data, want);
        buf->size = want;
    }
    return buf->data + buf->end;
}

void buf_grow(struct buf *buf, size_t size)
{
    assert(size <= buf->size - buf->end);
    buf->end += size;
}

void buf_append(struct buf *buf, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    memcpy(buf_reserve(buf, size), bytes, size);
    buf->end += size;
}

char *buf_take(struct buf *buf)
{
    char *string;

    buf_append(buf, "", 1);
    memmove(buf->data, buf_bytes(buf), buf_length(buf));
    string = (char *)buf->data;
    *buf = (struct buf){0};
    return string;
}

void buf_consume(struct buf *buf, size_t size)
{
    assert(size <= buf_length(buf));
    buf->start += size;
    if (buf->start == buf->end) {
        buf->start = 0;
        buf->end = 0;
    }
}

/* Most texts fit, so that they are formatted once only. */
#define PRINTED_FIRST 256

void buf_puts(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    size_t room = PRINTED_FIRST;

    for (;;) {
        va_list args;
        int length;

        va_start(args, format);
        length = vsnprintf((char *)buf_reserve(buf, room), room, format, args);
        va_end(args);
        assert(length >= 0); /* fails for wide characters and for 2 GiB only */
        if ((size_t)length < room) {
            buf_grow(buf, (size_t)length);
            return;
        }
        room = (size_t)length + 1;
    }
}
