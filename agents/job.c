/* SPDX-License-Identifier: MIT */
#include "job.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_MODULE "run"
#include "base/log.h"

/* A shell's exit status for a command that a signal ended: 128 and its number (bash(1), "EXIT STATUS"). */
#define EXIT_SIGNAL 128

void job_start(struct job *job, char *const argv[], const struct signal_fd_inherited *inherited)
{
    struct err err;
    pid_t pid = child_start(argv, inherited, &err);

    *job = (struct job){.pid = pid > 0 ? pid : 0};
    if (pid > 0)
        return;
    log_error("%s", err.msg);
    job->end.si_code = CLD_EXITED;
    job->end.si_status = CHILD_NOT_RUN;
}

/* ---- signals ---- */

static bool is_stop(unsigned signal)
{
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/*
 * The kernel sends a signal of the terminal to the whole foreground process group: the job has received it
 * already. Only SIGHUP goes to the session leader alone.
 */
static bool is_forwarded(const struct signalfd_siginfo *info)
{
    switch (info->ssi_signo) {
    case SIGCHLD:
    case SIGPIPE: /* of a write of this process */
        return false;
    case SIGHUP:
        return true;
    default:
        return info->ssi_code != SI_KERNEL;
    }
}

/* Stops this process, as its shell expects, until the shell sends SIGCONT to the process group. */
static void stop_self(struct job *job)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTSTP);
    (void)raise(SIGTSTP);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL); /* the process stops here */
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    job->stopped = false;
    job->stop_pending = false;
}

/* ---- its state ---- */

static void on_change(struct job *job, const siginfo_t *info)
{
    if (info->si_code == CLD_STOPPED) {
        job->stopped = is_stop((unsigned)info->si_status);
    } else if (info->si_code == CLD_CONTINUED) {
        job->stopped = false;
    } else {
        job->end = *info;
        job->pid = 0;
    }
}

/* The first process of a container also gets the orphans of other processes to wait for. */
static void wait_for_children(struct job *job)
{
    siginfo_t info = {0};

    while (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG) == 0 && info.si_pid != 0) {
        if (info.si_pid == job->pid)
            on_change(job, &info);
        info.si_pid = 0;
    }
}

void job_on_signal(struct job *job, const struct signalfd_siginfo *info)
{
    if (info->ssi_signo == SIGCHLD)
        wait_for_children(job);
    else if (is_stop(info->ssi_signo))
        job->stop_pending = true;
    else if (info->ssi_signo == SIGCONT)
        job->stop_pending = false;
    if (job_ended(job))
        return;
    if (is_forwarded(info))
        (void)kill(job->pid, (int)info->ssi_signo);
    if (job->stopped && job->stop_pending)
        stop_self(job);
}

/* ---- exit ---- */

static void die(int number)
{
    sigset_t set;

    (void)signal(number, SIG_DFL);   /* this process may have inherited it as ignored */
    (void)prctl(PR_SET_DUMPABLE, 0); /* no second core dump beside the job's */
    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)raise(number);
}

void job_exit(const struct job *job)
{
    if (job->end.si_code == CLD_EXITED)
        _exit(job->end.si_status);
    /* A shell that runs a script ends the script if it sees that SIGINT ended the job. */
    die(job->end.si_status);
    _exit(EXIT_SIGNAL + job->end.si_status); /* as PID 1 of a container the process survives the signal */
}
