/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "procjon/agent.h"

#include <assert.h>
#include <stddef.h>

/* What procjon_log was told: of the process, as the log is. */
static void (*to)(void *arg, enum procjon_level level, const char *text);
static void *to_arg;

static void on_line(void *arg, enum log_level level, const char *text)
{
    (void)arg;
    to(to_arg, (enum procjon_level)level, text);
}

void procjon_log(enum procjon_level level, void (*log)(void *arg, enum procjon_level level, const char *text),
                 void *arg)
{
    static_assert((int)PROCJON_DEBUG == (int)LOG_DEBUG && (int)PROCJON_ERROR == (int)LOG_ERROR,
                  "the same order");

    to = log;
    to_arg = arg;
    log_set_level((enum log_level)level);
    log_set_sink(log != NULL ? on_line : NULL, NULL);
}

const char *procjon_version(void)
{
    return PROCJON_VERSION;
}
