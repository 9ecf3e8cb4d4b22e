/* SPDX-License-Identifier: MIT */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct signals *signals = container_of(poll, struct signals, poll);
    struct signalfd_siginfo info;

    (void)status;
    (void)events;
    if (read(signals->fd, &info, sizeof info) == (ssize_t)sizeof info)
        signals->ops->caught(signals, (int)info.ssi_signo);
}

int signals_open(struct signals *signals, uv_loop_t *loop, const struct signals_ops *ops, struct err *err)
{
    sigset_t set;

    *signals = (struct signals){.ops = ops};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    signals->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals->fd < 0)
        return err_errno(err, -errno, "cannot read signals");
    (void)uv_poll_init(loop, &signals->poll, signals->fd);
    uvx_own(&signals->owner, (uv_handle_t *)&signals->poll);
    (void)uv_poll_start(&signals->poll, UV_READABLE, on_readable);
    return 0;
}

static void on_gone(struct uvx_owner *owner)
{
    struct signals *signals = container_of(owner, struct signals, owner);

    (void)close(signals->fd);
    signals->ops->closed(signals);
}

void signals_close(struct signals *signals)
{
    uvx_owner_close(&signals->owner, on_gone);
    uvx_shut((uv_handle_t *)&signals->poll);
}
