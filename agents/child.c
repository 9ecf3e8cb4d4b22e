/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * Between fork and exec only async-signal-safe functions are called: another thread may have held any lock at
 * the fork (signal-safety(7)).
 */

static struct iovec piece(const char *text)
{
    return (struct iovec){(char *)text, strlen(text)};
}

static void report(const char *command, int code)
{
    const char *reason = strerrordesc_np(code);
    struct iovec line[] = {
        piece(program_invocation_short_name),
        piece(": cannot run '"),
        piece(command),
        piece("': "),
        piece(reason != NULL ? reason : "?"),
        piece("\n"),
    };
    ssize_t written = writev(STDERR_FILENO, line, sizeof line / sizeof line[0]);

    (void)written; /* stderr is the last place to report to */
}

_Noreturn void child_become(char *const argv[], const struct signal_fd_inherited *inherited)
{
    int code;

    signal_fd_restore(inherited);
    (void)execvp(argv[0], argv);
    code = errno;
    report(argv[0], code);
    _exit(code == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUN);
}

static pid_t forked(pid_t pid, const char *command, struct err *err)
{
    return pid > 0 ? pid : (pid_t)err_errno(err, -errno, "cannot start '%s'", command);
}

pid_t child_start(char *const argv[], const struct signal_fd_inherited *inherited, struct err *err)
{
    pid_t pid = fork();

    if (pid == 0)
        child_become(argv, inherited);
    return forked(pid, argv[0], err);
}

/* exec keeps the duplicates, and closes `output` and `nothing`. */
static void redirect(int output)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ||
        dup2(nothing, STDIN_FILENO) < 0)
        _exit(CHILD_NOT_RUN);
}

pid_t child_start_apart(char *const argv[], const struct signal_fd_inherited *inherited, int output,
                        struct err *err)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)setsid(); /* fails for a process group leader only, which a new child is not */
        redirect(output);
        child_become(argv, inherited);
    }
    return forked(pid, argv[0], err);
}

void child_kill_group(pid_t pid, int signal)
{
    /* Before its setsid the child has no group of its own. */
    if (kill(-pid, signal) != 0)
        (void)kill(pid, signal);
}

void child_how(const siginfo_t *info, char how[CHILD_HOW_MAX])
{
    const char *name = sigabbrev_np(info->si_status);

    if (info->si_code == CLD_EXITED)
        (void)snprintf(how, CHILD_HOW_MAX, "exited with status %d", info->si_status);
    else if (name != NULL)
        (void)snprintf(how, CHILD_HOW_MAX, "was killed by SIG%s", name);
    else
        (void)snprintf(how, CHILD_HOW_MAX, "was killed by signal %d", info->si_status);
}
