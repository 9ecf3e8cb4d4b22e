/* SPDX-License-Identifier: MIT */
#include "web/escape.h"

#include <string.h>

/* What a byte becomes, or NULL if it stays. */
typedef const char *(*replace_cb)(char byte);

/* Runs of bytes that stay are copied whole. */
static void escape(struct buf *out, const char *text, replace_cb replace)
{
    const char *run = text;

    for (; *text != '\0'; text++) {
        const char *replacement = replace(*text);

        if (replacement == NULL)
            continue;
        buf_append(out, run, (size_t)(text - run));
        buf_append(out, replacement, strlen(replacement));
        run = text + 1;
    }
    buf_append(out, run, (size_t)(text - run));
}

static const char *replace_html(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void escape_html(struct buf *out, const char *text)
{
    escape(out, text, replace_html);
}

static const char *replace_label(char byte)
{
    switch (byte) {
    case '\\':
        return "\\\\";
    case '"':
        return "\\\"";
    case '\n':
        return "\\n";
    default:
        return NULL;
    }
}

void escape_label(struct buf *out, const char *text)
{
    escape(out, text, replace_label);
}

/* Not isalnum: that is another one in another locale. */
static int is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-._~", byte) != NULL);
}

void escape_url(struct buf *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (is_unreserved(*text))
            buf_append(out, text, 1);
        else
            buf_append(out, (char[]){'%', digits[byte >> 4], digits[byte & 15]}, 3);
    }
}

static int digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

/* The byte that an escape stands for; 0: it is none. */
static int decoded(const char *text)
{
    int high, low;

    if (text[0] != '%' || (high = digit(text[1])) < 0 || (low = digit(text[2])) < 0)
        return 0;
    return high << 4 | low;
}

size_t escape_decode(char *text)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; to++) {
        int byte = decoded(from);

        *to = byte != 0 ? (char)byte : *from;
        from += byte != 0 ? 3 : 1;
    }
    *to = '\0';
    return (size_t)(to - text);
}
