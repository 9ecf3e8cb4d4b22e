/* SPDX-License-Identifier: MIT */
/*
 * buf - bytes that grow at the end and are eaten from the front.
 *
 * Embedded in its owner; a zeroed struct is an empty buffer, buf_fini gives its memory back and leaves it
 * empty and usable. Pointers into it live until the next call that takes it non-const.
 */
#ifndef PROCJON_BASE_BUF_H
#define PROCJON_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data; /* start of the allocation */
    size_t start;  /* first byte not eaten yet */
    size_t end;    /* one past the last byte */
    size_t size;   /* of the allocation */
};

void buf_fini(struct buf *buf);
void buf_append(struct buf *buf, const void *bytes, size_t size);

/* Makes room for `size` more bytes and returns where they go; buf_grow then takes what was written there. */
uint8_t *buf_reserve(struct buf *buf, size_t size);
void buf_grow(struct buf *buf, size_t size);

/* Drops `size` bytes from the front; the memory of an emptied buffer is kept. */
void buf_consume(struct buf *buf, size_t size);

/* Its bytes as a string, for free(3); it is empty afterwards. */
char *buf_take(struct buf *buf);

static inline const uint8_t *buf_bytes(const struct buf *buf)
{
    return buf->data + buf->start;
}

static inline size_t buf_length(const struct buf *buf)
{
    return buf->end - buf->start;
}

/* Text of any length, without its NUL. Text from outside is first made fit for where it goes:
 * notify/text_fit.h, api/web/escape.h. */
void buf_puts(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
