/* SPDX-License-Identifier: MIT */
/*
 * procjonrun - an agent that runs a job and reports its end.
 *
 * The job is started before anything that may fail or block, and a failure of the agent does not affect it.
 */
#include <poll.h>
#include <stdlib.h>

#define LOG_MODULE "run"
#include "base/log.h"
#include "base/options.h"
#include "base/stdfd.h"
#include "child.h"
#include "clock.h"
#include "job.h"
#include "signal_fd.h"
#include "single_service.h"

/* Seconds: as long as the longest wait between two connection attempts. */
#define LINGER_DEFAULT 60
/* A day: a process that waits longer for a server delays the next run of a daily job. */
#define LINGER_MAX 86400

enum { RUNNING, SUCCEEDED, FAILED, KILLED };

static const struct procjon_status statuses[] = {
    {RUNNING, "running"},
    {SUCCEEDED, "succeeded"},
    {FAILED, "failed"},
    {KILLED, "killed"},
};
#define STATUSES (sizeof statuses / sizeof statuses[0])

struct run {
    struct agent_options options; /* first: the shared rows write to it */
    int linger_s;
    struct signal_fd signals;
    struct job job;
    struct procjon_agent *agent;     /* NULL: it could not be made */
    struct procjon_service *service; /* NULL with it */
    uint64_t deadline_ms;            /* of the last report; CLOCK_NEVER while the job runs */
};

static int set_linger(void *target, const char *value, struct err *err)
{
    return options_number(value, 0, LINGER_MAX, &((struct run *)target)->linger_s, err);
}

static const struct option_row rows[] = {
    {"linger", '\0', "S", false, "seconds to wait at the end until the server has the result (60)",
     set_linger},
};

static const struct agent_program program = {
    .name = "procjonrun",
    .usage = "[OPTION]... [--] COMMAND [ARGUMENT]...",
    .about = "Runs COMMAND and reports to a procjon server: running, then succeeded, failed or killed.\n"
             "Exits with the status or by the signal of COMMAND.",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
    .footer =
        "COMMAND shares stderr with the log, whose level is therefore 'warning' unless --loglevel is given.",
    .operands = true,
};

/* ---- the agent ---- */

static void open_agent(struct run *run)
{
    /* The job has inherited it: only the job itself knows when it is ready. */
    (void)unsetenv("NOTIFY_SOCKET");
    run->agent = single_service_open(&run->options);
    if (run->agent != NULL)
        run->service = single_service_add(run->agent, &run->options, statuses, STATUSES);
    if (run->service != NULL)
        procjon_service_set(run->service, RUNNING);
    else
        log_error("the job is not reported");
}

/* The library keeps to `wait_ms`, but its close may block on a name look-up: the loop has a deadline too. */
static void stop(struct run *run, unsigned wait_ms)
{
    uint64_t deadline_ms = clock_now() + wait_ms + PROCJON_STOP_MS;

    if (deadline_ms < run->deadline_ms)
        run->deadline_ms = deadline_ms;
    procjon_agent_stop(run->agent, wait_ms);
}

/* ---- the job ---- */

static int result_of(const struct job *job)
{
    if (job->end.si_code != CLD_EXITED)
        return KILLED;
    return job->end.si_status == 0 ? SUCCEEDED : FAILED;
}

static void on_end(struct run *run)
{
    char how[CHILD_HOW_MAX];

    child_how(&run->job.end, how);
    log_info("job ended service=%s status=%s reason='%s'", run->options.service,
             statuses[result_of(&run->job)].text, how);
    if (run->service == NULL)
        return;
    procjon_service_set(run->service, result_of(&run->job));
    stop(run, (unsigned)run->linger_s * 1000);
}

static bool is_termination(unsigned signal)
{
    return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

static void on_signals(struct run *run)
{
    struct signalfd_siginfo info;

    while (signal_fd_next(&run->signals, &info)) {
        bool was_running = !job_ended(&run->job);

        job_on_signal(&run->job, &info);
        if (was_running && job_ended(&run->job))
            on_end(run);
        else if (!was_running && is_termination(info.ssi_signo) && run->service != NULL)
            stop(run, 0);
    }
}

/* Runs until the job has ended, and the server has the result or the time for that is over. */
static void loop(struct run *run)
{
    bool running = run->service != NULL;

    if (job_ended(&run->job))
        on_end(run);
    for (;;) {
        running = running && procjon_agent_step(run->agent) == 1;
        if (job_ended(&run->job) && (!running || clock_now() >= run->deadline_ms))
            return;

        struct pollfd fds[] = {
            {run->signals.fd, POLLIN, 0},
            {running ? procjon_agent_fd(run->agent) : -1, POLLIN, 0},
        };

        (void)poll(fds, sizeof fds / sizeof fds[0], clock_until(run->deadline_ms));
        on_signals(run);
    }
}

static _Noreturn void start(struct run *run, char *const command[])
{
    struct err err;

    if (signal_fd_init(&run->signals, &err) != 0) {
        log_error("the job is not reported: %s", err.msg);
        child_become(command,
                     &run->signals.inherited); /* without signals it cannot be watched, but it can run */
    }
    job_start(&run->job, command, &run->signals.inherited);
    stdfd_reserve(); /* after the start of the job, which inherits closed standard descriptors as closed */
    open_agent(run);
    loop(run);
    /* Nothing is freed: procjon_agent_free may block until a name look-up returns. */
    job_exit(&run->job);
}

int main(int argc, char **argv)
{
    struct run run = {.linger_s = LINGER_DEFAULT, .deadline_ms = CLOCK_NEVER};
    char **command;
    int status;

    log_set_level(LOG_WARNING);
    agent_options_init(&run.options);
    status = single_service_read_command(&run.options, &program, argc, argv, &command);
    if (status < 0)
        start(&run, command);
    agent_options_fini(&run.options);
    return status;
}
