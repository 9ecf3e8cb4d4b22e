/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void format_msg(struct err *err, const char *format,
                                                             va_list args)
{
    (void)vsnprintf(err->msg, sizeof err->msg, format, args);
}

/* Appends ": reason". */
static void append(struct err *err, const char *reason)
{
    size_t length = strlen(err->msg);

    (void)snprintf(err->msg + length, sizeof err->msg - length, ": %s", reason);
}

int err_set(struct err *err, int code, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, format);
    format_msg(err, format, args);
    va_end(args);
    return code;
}

int err_errno(struct err *err, int code, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, format);
    format_msg(err, format, args);
    va_end(args);
    append(err, strerror(-code));
    return code;
}

int err_wrap(struct err *err, const char *format, ...)
{
    char inner[ERR_MSG_MAX];
    va_list args;

    if (err == NULL)
        return -1;
    memcpy(inner, err->msg, sizeof inner);
    va_start(args, format);
    format_msg(err, format, args);
    va_end(args);
    append(err, inner);
    return err->code;
}
