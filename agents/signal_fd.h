/* SPDX-License-Identifier: MIT */
/*
 * signal_fd - all signals read from one descriptor, signalfd(2).
 *
 * Embedded in the program's struct. signal_fd_init blocks every signal except those that report a fault; call
 * it before any thread is started, because threads inherit the mask. A write to a closed connection then
 * fails with EPIPE, and its SIGPIPE is read and ignored. Dispositions do not change, except that of SIGCHLD:
 * if the parent has left it ignored, the kernel reports no exit status of a child. A child that restores
 * `inherited` has the signal mask and dispositions that the program's own parent set.
 */
#ifndef PROCJON_AGENTS_SIGNAL_FD_H
#define PROCJON_AGENTS_SIGNAL_FD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

#include "base/err.h"

/* The signal mask and disposition that the program was started with. */
struct signal_fd_inherited {
    sigset_t mask;
    struct sigaction child; /* of SIGCHLD */
};

struct signal_fd {
    int fd; /* readable while a signal is pending */
    struct signal_fd_inherited inherited;
};

/* On failure nothing is open, but the signals stay blocked. */
int signal_fd_init(struct signal_fd *signals, struct err *err);
void signal_fd_fini(struct signal_fd *signals);

/* Sets the inherited mask and disposition. Async-signal-safe: also between fork and exec. */
void signal_fd_restore(const struct signal_fd_inherited *inherited);

/* The next pending signal; false: there is none. */
bool signal_fd_next(const struct signal_fd *signals, struct signalfd_siginfo *info);

/* Reads all pending signals; true if SIGTERM or SIGINT is among them. */
bool signal_fd_stop_requested(const struct signal_fd *signals);

#endif
