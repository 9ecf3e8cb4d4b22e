/* SPDX-License-Identifier: MIT */
/*
 * signals - every signal as something to read, at a moment of the program's choice.
 *
 * signal_fd_init blocks all of them but those that report a fault, before any thread is started: threads
 * inherit that. A write to nobody then fails with EPIPE, and SIGPIPE is one more signal that is read. The
 * dispositions stay as they were, but for that of SIGCHLD: a parent may leave it ignored, and then the kernel
 * tells nobody how a child has ended. A child that restores `inherited` is started as if by the program's own
 * parent.
 */
#ifndef PROCJON_AGENTS_SIGNAL_FD_H
#define PROCJON_AGENTS_SIGNAL_FD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

#include "base/err.h"

/* How the program's parent wanted signals to be treated. */
struct signal_fd_inherited {
    sigset_t mask;
    struct sigaction child; /* of SIGCHLD */
};

struct signal_fd {
    int fd; /* readable while a signal waits */
    struct signal_fd_inherited inherited;
};

int signal_fd_init(struct signal_fd *signals, struct err *err);
void signal_fd_fini(struct signal_fd *signals);

/* Treats them like that again; between fork and exec too. */
void signal_fd_restore(const struct signal_fd_inherited *inherited);

/* The next one that waits; false: none does. */
bool signal_fd_next(const struct signal_fd *signals, struct signalfd_siginfo *info);

/* Reads all that wait: true if one of them asks the program to end (SIGTERM, SIGINT). */
bool signal_fd_stop_requested(const struct signal_fd *signals);

#endif
