/* SPDX-License-Identifier: MIT */
/*
 * procjonping - an agent that reports that this host and its network connection work.
 */
#include <poll.h>

#define LOG_MODULE "ping"
#include "base/log.h"
#include "base/stdfd.h"
#include "signal_fd.h"
#include "single_service.h"

static const struct agent_program program = {
    .name = "procjonping",
    .usage = "[OPTION]...",
    .about = "Reports to a procjon server that this host and its network connection work.",
};

static const struct procjon_status statuses[] = {{0, "ok"}};

static int ping(struct procjon_agent *agent, const struct signal_fd *signals,
                const struct agent_options *options)
{
    struct procjon_service *service = single_service_add(agent, options, statuses, 1);
    struct pollfd fds[] = {{signals->fd, POLLIN, 0}, {procjon_agent_fd(agent), POLLIN, 0}};

    if (service == NULL)
        return AGENT_EXIT_RUNTIME;
    procjon_service_set(service, 0);
    while (procjon_agent_step(agent) == 1) {
        (void)poll(fds, 2, -1);
        if (signal_fd_stop_requested(signals))
            procjon_agent_stop(agent, PROCJON_STOP_MS);
    }
    return 0;
}

static int run(const struct agent_options *options)
{
    struct procjon_agent *agent;
    struct signal_fd signals;
    struct err err;
    int status = AGENT_EXIT_RUNTIME;

    if (signal_fd_init(&signals, &err) != 0) {
        log_error("%s", err.msg);
        return AGENT_EXIT_RUNTIME;
    }
    agent = single_service_open(options);
    if (agent != NULL)
        status = ping(agent, &signals, options);
    procjon_agent_free(agent);
    signal_fd_fini(&signals);
    return status;
}

int main(int argc, char **argv)
{
    struct agent_options options;
    int operands;
    int status;

    stdfd_reserve();
    agent_options_init(&options);
    status = agent_options_read(&options, &program, argc, argv, &operands);
    if (status < 0)
        status = run(&options);
    agent_options_fini(&options);
    return status;
}
