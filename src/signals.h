/* SPDX-License-Identifier: MIT */
/*
 * signals - SIGTERM, SIGINT and SIGHUP as events of the loop, from the first moment to the last.
 *
 * They are blocked for every thread and read from a descriptor (signalfd(2)): at no time does one of them
 * have its default effect, so that a second SIGTERM cannot end a server that is about to end in order. They
 * stay blocked when this is closed.
 *
 * Embedded in the daemon; after signals_close the memory must stay until `closed` was called. Loop thread
 * only.
 */
#ifndef PROCJON_SIGNALS_H
#define PROCJON_SIGNALS_H

#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"

struct signals;

struct signals_ops {
    void (*caught)(struct signals *signals, int number);
    void (*closed)(struct signals *signals);
};

struct signals {
    struct uvx_owner owner;
    uv_poll_t poll;
    int fd;
    const struct signals_ops *ops;
};

/* Before there is any other thread. On failure there is nothing to close. SIGPIPE is ignored from here on. */
int signals_open(struct signals *signals, uv_loop_t *loop, const struct signals_ops *ops, struct err *err);

void signals_close(struct signals *signals);

#endif
