/* SPDX-License-Identifier: MIT */
#include "base/text_fit.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

#define ELLIPSIS "…"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    default:
        return NULL;
    }
}

static void add(struct buf *buf, const char *text, size_t max, bool escape)
{
    size_t left = strlen(text);
    size_t weight = 0;
    size_t fits = buf_length(buf); /* the length after which the ellipsis is within the limit */

    while (left > 0) {
        size_t size = utf8_sequence((const uint8_t *)text, left);
        const char *name = entity(*text);

        weight += name != NULL ? strlen(name) : 1;
        if (weight > max) {
            buf->end -= buf_length(buf) - fits;
            buf_append(buf, ELLIPSIS, strlen(ELLIPSIS));
            return;
        }
        if (size == 0)
            buf_append(buf, REPLACEMENT, strlen(REPLACEMENT));
        else if (escape && name != NULL)
            buf_append(buf, name, strlen(name));
        else
            buf_append(buf, text, size);
        if (weight < max)
            fits = buf_length(buf);
        text += size > 0 ? size : 1;
        left -= size > 0 ? size : 1;
    }
}

void text_fit_add(struct buf *buf, const char *text, size_t max)
{
    add(buf, text, max, false);
}

void text_fit_escape(struct buf *buf, const char *text, size_t max)
{
    add(buf, text, max, true);
}

size_t text_fit_weight(const struct buf *buf)
{
    const uint8_t *bytes = buf_bytes(buf);
    size_t weight = 0;

    for (size_t i = 0; i < buf_length(buf); i++) {
        const char *name = entity((char)bytes[i]);

        if (name != NULL)
            weight += strlen(name);
        else
            weight += (bytes[i] & 0xc0) != 0x80; /* every byte but a continuation byte begins a character */
    }
    return weight;
}
