/* SPDX-License-Identifier: MIT */
/*
 * job - a command that runs once, in the place of this process as far as its parent can see.
 *
 * The job has this process's descriptors, terminal, process group, environment, signal mask and dispositions.
 * Signals to this process are forwarded to it; when the job stops for the terminal's job control, this
 * process stops too, so that the shell notices; job_exit ends this process as the job ended. If this process
 * is killed, the job continues.
 *
 * Embedded in its owner; holds no resources. The owner passes every signal that it reads to job_on_signal.
 */
#ifndef PROCJON_AGENTS_JOB_H
#define PROCJON_AGENTS_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "child.h"

struct job {
    pid_t pid;         /* 0: it has ended */
    siginfo_t end;     /* how it ended, when pid is 0 */
    bool stopped;      /* by SIGTSTP, SIGTTIN or SIGTTOU */
    bool stop_pending; /* this process has received one of them too */
};

/* Starts it. If that fails the job has ended with exit status 126. */
void job_start(struct job *job, char *const argv[], const struct signal_fd_inherited *inherited);

/* Forwards a signal, or on SIGCHLD waits for the job. */
void job_on_signal(struct job *job, const struct signalfd_siginfo *info);

static inline bool job_ended(const struct job *job)
{
    return job->pid == 0;
}

/* Ends this process with the job's exit status, or by the signal that ended the job. */
_Noreturn void job_exit(const struct job *job);

#endif
