/* SPDX-License-Identifier: MIT */
#include "api/web/escape.h"

#include <string.h>

#include "base/percent_encoding.h"

/* The replacement of a byte; NULL: it stays. */
typedef const char *(*replace_cb)(char byte);

/* Copies each run of bytes that stay in one piece. */
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

/* Not isalnum, which depends on the locale. */
static int is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-._~", byte) != NULL);
}

void escape_url(struct buf *out, const char *text)
{
    char escaped[PERCENT_ENCODING_SIZE];

    for (; *text != '\0'; text++) {
        percent_encoding_put(escaped, (uint8_t)*text);
        if (is_unreserved(*text))
            buf_append(out, text, 1);
        else
            buf_append(out, escaped, sizeof escaped);
    }
}
