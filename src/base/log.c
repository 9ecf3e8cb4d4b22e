/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"debug", "info", "warning", "error"};

static _Atomic enum log_level threshold = LOG_INFO;
static log_sink_cb log_sink;
static void *sink_arg;
static _Atomic unsigned lost; /* lines that stderr did not accept since the last one it did */

void log_set_level(enum log_level level)
{
    threshold = level;
}

void log_set_sink(log_sink_cb sink, void *arg)
{
    log_sink = sink;
    sink_arg = arg;
}

bool log_enabled(enum log_level level)
{
    return level >= threshold;
}

bool log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* Copies `text` to `out` with control bytes escaped; returns the end of the copy. */
static char *escape(char *out, const char *end, const char *text)
{
    static const char hex[] = "0123456789abcdef";

    for (; *text != '\0' && end - out > 4; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c != 0x7f) {
            *out++ = (char)c;
            continue;
        }
        *out++ = '\\';
        *out++ = 'x';
        *out++ = hex[c >> 4];
        *out++ = hex[c & 15];
    }
    return out;
}

/*
 * Does not block: a log reader that hangs must not stop the program. A socket (the journal's) is written with
 * MSG_DONTWAIT; anything else is polled first: a pipe that is writable accepts PIPE_BUF bytes at once
 * (pipe(7)), and a line is shorter.
 */
static bool put(const char *line, size_t size)
{
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    ssize_t written = send(STDERR_FILENO, line, size, MSG_DONTWAIT | MSG_NOSIGNAL);

    static_assert(LOG_LINE_MAX <= PIPE_BUF, "a writable pipe accepts a line");
    if (written < 0 && errno == ENOTSOCK && poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0)
        written = write(STDERR_FILENO, line, size);
    return written == (ssize_t)size;
}

static void write_line(enum log_level level, const char *module, const char *message)
{
    char line[LOG_LINE_MAX];
    char *end = line;
    struct timespec now;
    struct tm utc;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    end += strftime(end, 32, "%Y-%m-%dT%H:%M:%S", &utc);
    end += snprintf(end, 64, ".%03ldZ %s %s: ", now.tv_nsec / 1000000, names[level], module);
    end = escape(end, line + sizeof line, message);
    *end++ = '\n';
    if (!put(line, (size_t)(end - line)))
        lost++;
}

/* Reports the lines that were lost, before the next line. */
static void report_lost(void)
{
    unsigned count = atomic_exchange(&lost, 0);
    char message[64];

    if (count == 0)
        return;
    (void)snprintf(message, sizeof message, "lines lost, stderr was full count=%u", count);
    write_line(LOG_WARNING, "log", message);
    if (lost > 0)
        lost += count - 1; /* this line was lost too, and is counted */
}

static void call_sink(enum log_level level, const char *module, const char *message)
{
    char text[LOG_LINE_MAX];
    char *end = text + snprintf(text, 64, "%s: ", module);

    *escape(end, text + sizeof text, message) = '\0';
    log_sink(sink_arg, level, text);
}

void log_at(enum log_level level, const char *module, const char *format, ...)
{
    char message[LOG_LINE_MAX];
    int saved = errno;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (log_sink != NULL) {
        call_sink(level, module, message);
    } else {
        report_lost();
        write_line(level, module, message);
    }
    errno = saved;
}
