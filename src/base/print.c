/* SPDX-License-Identifier: MIT */
#include "base/print.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Most of what is printed at once fits, and is formatted once only. */
#define GUESS 256

void print_text(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

void print_format(struct buf *out, const char *format, ...)
{
    size_t room = GUESS;

    for (;;) {
        va_list args;
        int length;

        va_start(args, format);
        length = vsnprintf((char *)buf_reserve(out, room), room, format, args);
        va_end(args);
        assert(length >= 0); /* no wide characters, and nothing as long as 2 GiB */
        if ((size_t)length < room) {
            buf_grow(out, (size_t)length);
            return;
        }
        room = (size_t)length + 1;
    }
}
