/* SPDX-License-Identifier: MIT */
/*
 * child - starts a command, and describes its end.
 *
 * Stateless and without blocking: a child is its process id, for which the caller waits. A command that
 * cannot be executed is reported by the child: it writes the reason to its stderr and exits as a shell does,
 * with 127 if the command is not found and 126 otherwise. So the parent does not block in exec when a file
 * system hangs.
 */
#ifndef PROCJON_AGENTS_CHILD_H
#define PROCJON_AGENTS_CHILD_H

#include <signal.h>
#include <sys/types.h>

#include "base/err.h"
#include "signal_fd.h"

#define CHILD_NOT_FOUND 127
#define CHILD_NOT_RUN 126

/* The longest text of child_how fits. */
#define CHILD_HOW_MAX 64

/*
 * Starts argv[0], looked up as in execvp(3), with the signal mask and disposition `inherited`. It has this
 * process's descriptors, terminal and process group. Returns its process id, or a negative errno value.
 */
pid_t child_start(char *const argv[], const struct signal_fd_inherited *inherited, struct err *err);

/* Executes the command in this process; exits if that fails. */
_Noreturn void child_become(char *const argv[], const struct signal_fd_inherited *inherited);

/*
 * As child_start, but in a session of its own, without a terminal: its stdin is /dev/null, its stdout and
 * stderr are `output`, which is not 0, 1 or 2.
 */
pid_t child_start_apart(char *const argv[], const struct signal_fd_inherited *inherited, int output,
                        struct err *err);

/* Sends a signal to the process group of a child of child_start_apart that was not waited for yet. */
void child_kill_group(pid_t pid, int signal);

/* "exited with status 3", "was killed by SIGSEGV"; `info` as waitid(2) fills it. */
void child_how(const siginfo_t *info, char how[CHILD_HOW_MAX]);

#endif
