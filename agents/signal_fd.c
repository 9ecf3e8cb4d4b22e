/* SPDX-License-Identifier: MIT */
#include "signal_fd.h"

#include <errno.h>
#include <unistd.h>

/* A fault ends the process where it happens: these signals are not blocked. */
static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};

int signal_fd_init(struct signal_fd *signals, struct err *err)
{
    const struct sigaction child = {.sa_handler = SIG_DFL};
    sigset_t set;

    (void)sigfillset(&set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        (void)sigdelset(&set, faults[i]);
    (void)sigprocmask(SIG_BLOCK, &set, &signals->inherited.mask);
    (void)sigaction(SIGCHLD, &child, &signals->inherited.child);
    signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals->fd >= 0 ? 0 : err_errno(err, -errno, "cannot read signals");
}

void signal_fd_fini(struct signal_fd *signals)
{
    (void)close(signals->fd);
    signal_fd_restore(&signals->inherited);
}

void signal_fd_restore(const struct signal_fd_inherited *inherited)
{
    (void)sigaction(SIGCHLD, &inherited->child, NULL);
    (void)sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

bool signal_fd_next(const struct signal_fd *signals, struct signalfd_siginfo *info)
{
    return read(signals->fd, info, sizeof *info) == (ssize_t)sizeof *info;
}

bool signal_fd_stop_requested(const struct signal_fd *signals)
{
    struct signalfd_siginfo info;
    bool stop = false;

    while (signal_fd_next(signals, &info))
        stop = stop || info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
    return stop;
}
