/* SPDX-License-Identifier: MIT */
/*
 * buf - a byte buffer that is appended to at the end and consumed from the front.
 *
 * Embedded in its owner; a zeroed struct is an empty buffer. buf_fini frees its memory and leaves it empty
 * and usable. Pointers into it are valid until the next call that takes it non-const. Not thread-safe.
 */
#ifndef PROCJON_BASE_BUF_H
#define PROCJON_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data; /* start of the allocation */
    size_t start;  /* first byte that is not consumed */
    size_t end;    /* one past the last byte */
    size_t size;   /* of the allocation */
};

void buf_fini(struct buf *buf);
void buf_append(struct buf *buf, const void *bytes, size_t size);

/* Makes room for `size` more bytes and returns its address; buf_grow then appends what was written there. */
uint8_t *buf_reserve(struct buf *buf, size_t size);
void buf_grow(struct buf *buf, size_t size);

/* Removes `size` bytes from the front; the memory of an empty buffer is kept. */
void buf_consume(struct buf *buf, size_t size);

/* Returns its bytes as a string, for free(3), and leaves it empty. */
char *buf_take(struct buf *buf);

static inline const uint8_t *buf_bytes(const struct buf *buf)
{
    return buf->data + buf->start;
}

static inline size_t buf_length(const struct buf *buf)
{
    return buf->end - buf->start;
}

/* Appends text of any length, without its NUL. Text from outside must be escaped for its destination before:
 * base/text_fit.h, api/web/escape.h. */
void buf_puts(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
