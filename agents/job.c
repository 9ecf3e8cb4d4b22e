/* SPDX-License-Identifier: MIT */
#include "job.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_MODULE "run"
#include "base/log.h"

/* What a shell adds to the number of the signal that ended a command. */
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

/* ---- signals to it ---- */

static bool is_stop(unsigned signal)
{
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/*
 * What the kernel sends because of the terminal goes to the whole foreground group: the job has it already,
 * and a second one would be a second order. Only a hangup is told to the leader of the session alone.
 */
static bool is_passed_on(const struct signalfd_siginfo *info)
{
    switch (info->ssi_signo) {
    case SIGCHLD:
    case SIGPIPE: /* from a write of our own */
        return false;
    case SIGHUP:
        return true;
    default:
        return info->ssi_code != SI_KERNEL;
    }
}

/* As a shell expects it from what it started; goes on with the SIGCONT that it sends to the group. */
static void stop_too(struct job *job)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTSTP);
    (void)raise(SIGTSTP);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL); /* here it happens */
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    job->stopped = false;
    job->asked_to_stop = false;
}

/* ---- what becomes of it ---- */

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

/* As the first process of a container one is also given the orphans to wait for. */
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
        job->asked_to_stop = true;
    else if (info->ssi_signo == SIGCONT)
        job->asked_to_stop = false;
    if (job_ended(job))
        return;
    if (is_passed_on(info))
        (void)kill(job->pid, (int)info->ssi_signo);
    if (job->stopped && job->asked_to_stop)
        stop_too(job);
}

/* ---- the end ---- */

static void die(int number)
{
    sigset_t set;

    (void)signal(number, SIG_DFL);   /* the job need not have ignored what was ignored here */
    (void)prctl(PR_SET_DUMPABLE, 0); /* the core that tells something is the job's */
    (void)sigemptyset(&set);
    (void)sigaddset(&set, number);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)raise(number);
}

void job_exit(const struct job *job)
{
    if (job->end.si_code == CLD_EXITED)
        _exit(job->end.si_status);
    /* So a shell that runs a script sees that an interrupt ended the job, and ends the script. */
    die(job->end.si_status);
    _exit(EXIT_SIGNAL + job->end.si_status); /* the first process of a container does not die of it */
}
