/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, format);
    (void)vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
    return code;
}

int err_errno(struct err *err, int code, const char *format, ...)
{
    va_list args;
    size_t length;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, format);
    (void)vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
    length = strlen(err->msg);
    (void)snprintf(err->msg + length, sizeof err->msg - length, ": %s", strerror(-code));
    return code;
}

int err_wrap(struct err *err, const char *format, ...)
{
    char inner[ERR_MSG_MAX];
    va_list args;
    size_t length;

    if (err == NULL)
        return -1;
    memcpy(inner, err->msg, sizeof inner);
    va_start(args, format);
    (void)vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
    length = strlen(err->msg);
    (void)snprintf(err->msg + length, sizeof err->msg - length, ": %s", inner);
    return err->code;
}
