/* SPDX-License-Identifier: MIT */
/*
 * procjonexec - an agent that runs a check command every period and reports its exit status, as monitoring
 * plugins use it.
 */
#include <poll.h>

#define LOG_MODULE "exec"
#include "base/log.h"
#include "base/options.h"
#include "base/stdfd.h"
#include "base/uvx.h"
#include "check.h"
#include "clock.h"
#include "signal_fd.h"
#include "single_service.h"

/* Seconds: the default timeout of the Monitoring Plugins. */
#define LIMIT_DEFAULT 10
/* A day. */
#define LIMIT_MAX 86400
/* No check has ended yet. */
#define NO_STATUS (-1)

struct exec {
    struct agent_options options; /* first: the shared rows write to it */
    int limit_s;
    struct signal_fd signals;
    struct check check;
    struct procjon_agent *agent;
    struct procjon_service *service; /* NULL: no check has ended yet */
    int status;                      /* of the last check, or NO_STATUS */
    int exit;
};

static const struct procjon_status statuses[] = {
    {CHECK_OK, "ok"},
    {CHECK_WARNING, "warning"},
    {CHECK_CRITICAL, "critical"},
    {CHECK_UNKNOWN, "unknown"},
};
#define STATUSES (sizeof statuses / sizeof statuses[0])

static int set_limit(void *target, const char *value, struct err *err)
{
    return options_number(value, 1, LIMIT_MAX, &((struct exec *)target)->limit_s, err);
}

static const struct option_row rows[] = {
    {"limit", '\0', "S", false, "seconds after which COMMAND is killed and its status is unknown (10)",
     set_limit},
};

static const struct agent_program program = {
    .name = "procjonexec",
    .usage = "[OPTION]... [--] COMMAND [ARGUMENT]...",
    .about = "Runs a check command every period and reports its exit status to a procjon server:\n"
             "0 ok, 1 warning, 2 critical; any other, and a command that exceeds the limit, is unknown.",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
    .operands = true,
};

static void log_verdict(const struct exec *exec, const struct check_verdict *verdict)
{
    log_debug("check reason='%s' output='%s'", verdict->reason, verdict->line);
    if ((int)verdict->status == exec->status)
        return;
    log_write(verdict->status == CHECK_OK ? LOG_INFO : LOG_WARNING,
              "status changed service=%s status=%s reason='%s' output='%s'", exec->options.service,
              statuses[verdict->status].text, verdict->reason, verdict->line);
}

static void stop(struct exec *exec)
{
    check_stop(&exec->check, clock_now());
    procjon_agent_stop(exec->agent, PROCJON_STOP_MS);
}

/*
 * The service is added after the first check: the server measures its timeout from the registration, and the
 * first check may take longer than that.
 */
static void on_verdict(struct check *check, const struct check_verdict *verdict)
{
    struct exec *exec = container_of(check, struct exec, check);

    log_verdict(exec, verdict);
    exec->status = (int)verdict->status;
    if (exec->service == NULL)
        exec->service = single_service_add(exec->agent, &exec->options, statuses, STATUSES);
    if (exec->service != NULL) {
        procjon_service_set(exec->service, exec->status);
    } else {
        exec->exit = AGENT_EXIT_RUNTIME;
        stop(exec);
    }
}

/* Runs until, after a signal, the agent has stopped and no check runs. */
static void loop(struct exec *exec)
{
    bool running = true;

    for (;;) {
        running = running && procjon_agent_step(exec->agent) == 1;
        if (!running && check_over(&exec->check))
            return;

        struct pollfd fds[] = {
            {exec->signals.fd, POLLIN, 0},
            {exec->check.output, POLLIN, 0},
            {running ? procjon_agent_fd(exec->agent) : -1, POLLIN, 0},
        };

        (void)poll(fds, sizeof fds / sizeof fds[0], clock_until(check_due(&exec->check)));
        if (signal_fd_stop_requested(&exec->signals))
            stop(exec);
        check_read(&exec->check);
        check_reap(&exec->check, clock_now());
        check_tick(&exec->check, clock_now());
    }
}

static void run(struct exec *exec, char *const argv[])
{
    check_init(&exec->check, argv, &exec->signals.inherited, (uint64_t)exec->options.period_s * 1000,
               (uint64_t)exec->limit_s * 1000, on_verdict);
    loop(exec);
    procjon_agent_free(exec->agent);
}

static int start(struct exec *exec, char *const argv[])
{
    struct err err;

    if (signal_fd_init(&exec->signals, &err) != 0) {
        log_error("%s", err.msg);
        return AGENT_EXIT_RUNTIME;
    }
    exec->agent = single_service_open(&exec->options);
    if (exec->agent != NULL)
        run(exec, argv);
    else
        exec->exit = AGENT_EXIT_RUNTIME;
    signal_fd_fini(&exec->signals);
    return exec->exit;
}

int main(int argc, char **argv)
{
    struct exec exec = {.limit_s = LIMIT_DEFAULT, .status = NO_STATUS};
    char **command;
    int status;

    stdfd_reserve();
    agent_options_init(&exec.options);
    status = single_service_read_command(&exec.options, &program, argc, argv, &command);
    if (status < 0)
        status = start(&exec, command);
    agent_options_fini(&exec.options);
    return status;
}
