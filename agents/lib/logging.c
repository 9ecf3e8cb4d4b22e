/* SPDX-License-Identifier: MIT */
#include "procjon/agent.h"

#include <assert.h>
#include <stddef.h>

#include "base/log.h"

/* Of the process, as the level and the destination of base/log are. */
static void (*callback)(void *arg, enum procjon_level level, const char *text);
static void *callback_arg;

static void on_line(void *arg, enum log_level level, const char *text)
{
    (void)arg;
    callback(callback_arg, (enum procjon_level)level, text);
}

void procjon_log(enum procjon_level level, void (*log)(void *arg, enum procjon_level level, const char *text),
                 void *arg)
{
    static_assert((int)PROCJON_DEBUG == (int)LOG_DEBUG && (int)PROCJON_ERROR == (int)LOG_ERROR,
                  "both enumerations have the same values");

    callback = log;
    callback_arg = arg;
    log_set_level((enum log_level)level);
    log_set_sink(log != NULL ? on_line : NULL, NULL);
}

const char *procjon_version(void)
{
    return PROCJON_VERSION;
}
