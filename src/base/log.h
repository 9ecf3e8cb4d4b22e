/* SPDX-License-Identifier: MIT */
/*
 * log - one line on stderr per event that matters to an operator.
 *
 * Line: `2026-01-31T12:00:00.123Z level module: message key=value`, lower case, no full stop. Bytes below
 * 0x20 and 0x7f are written as \xNN, so that text from outside cannot forge a line. The level and the
 * destination of the lines are the only globals of the program. Any thread: a line is one write(2). Logging
 * does not block: a line that stderr does not accept at once is lost, and the next line reports how many were
 * lost.
 *
 * Each .c file that logs defines LOG_MODULE before it includes this header.
 */
#ifndef PROCJON_BASE_LOG_H
#define PROCJON_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Bytes of the longest line, at most PIPE_BUF; a longer one is cut. */
#define LOG_LINE_MAX 2048

void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/*
 * Lines go to `sink` instead of stderr: "module: message key=value", escaped, without time, level and
 * newline. NULL: to stderr. Call it before another thread logs.
 */
typedef void (*log_sink_cb)(void *arg, enum log_level level, const char *text);
void log_set_sink(log_sink_cb sink, void *arg);

/* "debug", "info", "warning" or "error"; false leaves `level` alone. */
bool log_level_parse(const char *name, enum log_level *level);

void log_at(enum log_level level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_write(level, ...)                                                                                \
    do {                                                                                                     \
        if (log_enabled(level))                                                                              \
            log_at(level, LOG_MODULE, __VA_ARGS__);                                                          \
    } while (0)

#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)

#endif
