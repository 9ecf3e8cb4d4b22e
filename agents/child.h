/* SPDX-License-Identifier: MIT */
/*
 * child - a command that is started, and how it ended.
 *
 * Nothing here waits, and nothing is kept: a child is its number, until whoever started it has waited for it.
 * A command that cannot be run is started all the same, says why on its stderr and exits as a shell does: 127
 * if it is not there, 126 if it is and cannot be run. The parent need not wait for that, and a program on a
 * file system that hangs holds nobody up.
 */
#ifndef PROCJON_AGENTS_CHILD_H
#define PROCJON_AGENTS_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "base/err.h"
#include "signal_fd.h"

#define CHILD_NOT_FOUND 127
#define CHILD_NOT_RUN 126

/* Fits every sentence of child_how. */
#define CHILD_HOW_MAX 64

/*
 * Starts argv[0], found as execvp(3) finds it, with signals as `inherited` has them. Everything else is as it
 * is here: descriptors, terminal, process group. Returns its number, or a negative errno value.
 */
pid_t child_start(char *const argv[], const struct signal_fd_inherited *inherited, struct err *err);

/* The same without a child: this process becomes the command, or ends. */
_Noreturn void child_become(char *const argv[], const struct signal_fd_inherited *inherited);

/*
 * As child_start, in a session of its own: no terminal, nothing to read, and all that it writes goes to
 * `output`, which is no standard descriptor.
 */
pid_t child_start_apart(char *const argv[], const struct signal_fd_inherited *inherited, int output,
                        struct err *err);

/* To all of the process group of a child that was started apart and not yet waited for. */
void child_kill_group(pid_t pid, int signal);

/* "exited with status 3", "was killed by SIGSEGV"; `info` as waitid(2) fills it. */
void child_how(const siginfo_t *info, char how[CHILD_HOW_MAX]);

#endif
