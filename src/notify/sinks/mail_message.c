/* SPDX-License-Identifier: MIT */
#include "notify/sinks/mail_message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "notify/render.h"
#include "base/text_fit.h"

/* Weight (see text_fit.h) of the subject: mail programs show some 70 characters. */
#define SUBJECT_MAX 120
/* Bytes of an encoded word: 60 characters of base64, because the word is at most 75 (RFC 2047, section 2). */
#define WORD_MAX 45
/* Bytes of a body line: 76 characters of base64 (RFC 2045, section 6.8). */
#define BODY_LINE_MAX 57

static void put_base64(struct buf *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? bytes[i + 2] : 0);
        char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63], left > 1 ? digits[bits >> 6 & 63] : '=',
                        left > 2 ? digits[bits & 63] : '='};

        buf_append(out, four, sizeof four);
    }
}

/* Always as encoded words, so that the text cannot end the header or be parsed as one. */
static void put_subject(struct buf *out, const char *text)
{
    buf_puts(out, "Subject:");
    while (*text != '\0') {
        size_t size = utf8_cut(text, WORD_MAX);

        buf_puts(out, " =?utf-8?B?");
        put_base64(out, (const uint8_t *)text, size);
        text += size;
        buf_printf(out, *text != '\0' ? "?=\r\n" : "?=");
    }
    buf_puts(out, "\r\n");
}

static void put_body(struct buf *out, const char *text)
{
    for (size_t size = strlen(text); size > 0;) {
        size_t take = size < BODY_LINE_MAX ? size : BODY_LINE_MAX;

        put_base64(out, (const uint8_t *)text, take);
        buf_puts(out, "\r\n");
        text += take;
        size -= take;
    }
}

/* RFC 5322, section 3.3; not strftime, whose names depend on the locale. */
static void put_date(struct buf *out, int64_t now_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm = {0};

    (void)gmtime_r(&seconds, &tm);
    buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
               months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* The first line of the message. */
static char *subject_of(const char *text)
{
    struct buf line = {0}, cut = {0};
    char *first;

    buf_append(&line, text, strcspn(text, "\n"));
    first = buf_take(&line);
    text_fit_add(&cut, first, SUBJECT_MAX);
    free(first);
    return buf_take(&cut);
}

static void put_header(struct buf *out, const struct sink_config *config, const struct digest *digest,
                       int64_t now_ms)
{
    buf_printf(out, "From: procjon <%s>\r\n", config->from);
    for (unsigned i = 0; i < config->to_count; i++)
        buf_printf(out, "%s<%s>", i == 0 ? "To: " : ",\r\n ", config->to[i]);
    buf_puts(out, "\r\n");
    put_date(out, now_ms);
    buf_printf(out, "Message-ID: <procjon.%" PRIu64 ".%" PRId64 "%s>\r\n", digest->entries->ids.list[0],
               now_ms, strchr(config->from, '@'));
    buf_printf(out, "Auto-Submitted: auto-generated\r\n" /* RFC 3834: no automatic replies */
                    "MIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: base64\r\n");
}

void mail_message_write(const struct sink_config *config, const struct digest *digest, int64_t now_ms,
                        struct buf *out)
{
    char *text = render_digest(digest, now_ms);
    char *events = render_ids(digest);
    char *subject = subject_of(text);
    struct buf buf = {0};
    char *body;

    put_header(out, config, digest, now_ms);
    put_subject(out, subject);
    buf_puts(out, "\r\n");
    buf_printf(&buf, "%s\n\n%s\n", text, events);
    body = buf_take(&buf);
    put_body(out, body);
    free(body);
    free(subject);
    free(events);
    free(text);
}
