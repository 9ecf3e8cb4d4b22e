/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void put(struct err *err, const char *format, va_list args)
{
    (void)vsnprintf(err->msg, sizeof err->msg, format, args);
}

/* ": why", after what is there. */
static void add(struct err *err, const char *why)
{
    size_t length = strlen(err->msg);

    (void)snprintf(err->msg + length, sizeof err->msg - length, ": %s", why);
}

int err_set(struct err *err, int code, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, format);
    put(err, format, args);
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
    put(err, format, args);
    va_end(args);
    add(err, strerror(-code));
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
    put(err, format, args);
    va_end(args);
    add(err, inner);
    return err->code;
}
