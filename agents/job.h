/* SPDX-License-Identifier: MIT */
/*
 * job - a command that is run once, as if nobody stood between it and whoever started it.
 *
 * It has this process's descriptors, terminal, process group, environment, signal mask and dispositions. What
 * it is sent, here, it gets; when it stops for the terminal, this process stops too, for the shell to see it;
 * and at the end job_exit ends this process as the job ended. If this process is killed, the job goes on.
 *
 * Embedded in its owner; holds no resources. The owner hands every signal that it reads to job_on_signal.
 */
#ifndef PROCJON_AGENTS_JOB_H
#define PROCJON_AGENTS_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "child.h"

struct job {
    pid_t pid;          /* 0: not there any more */
    siginfo_t end;      /* how it ended, when pid is 0 */
    bool stopped;       /* by a signal of the terminal's job control */
    bool asked_to_stop; /* so were we */
};

/* Starts it at once; if that cannot be done it has ended, with the status 126. */
void job_start(struct job *job, char *const argv[], const struct signal_fd_inherited *inherited);

/* Passes a signal on, or learns from SIGCHLD what became of the job. */
void job_on_signal(struct job *job, const struct signalfd_siginfo *info);

static inline bool job_ended(const struct job *job)
{
    return job->pid == 0;
}

/* Ends this process with the job's exit status, or by the signal that ended the job. */
_Noreturn void job_exit(const struct job *job);

#endif
