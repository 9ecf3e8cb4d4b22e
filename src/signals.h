/* SPDX-License-Identifier: MIT */
/*
 * signals - SIGTERM, SIGINT and SIGHUP as events of the loop.
 *
 * They are blocked in every thread and read from a descriptor (signalfd(2)), instead of with uv_signal_t: so
 * they have their default effect at no time, and a second SIGTERM cannot kill a server that shuts down. They
 * stay blocked after the close.
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
    /* Once for each signal. signals_close is legal in it. */
    void (*caught)(struct signals *signals, int number);
    void (*closed)(struct signals *signals);
};

struct signals {
    struct uvx_owner owner;
    uv_poll_t poll;
    int fd;
    const struct signals_ops *ops;
};

/* Call it before any other thread exists. On failure nothing is open. Also ignores SIGPIPE. */
int signals_open(struct signals *signals, uv_loop_t *loop, const struct signals_ops *ops, struct err *err);

/* Idempotent, legal in any callback. */
void signals_close(struct signals *signals);

#endif
