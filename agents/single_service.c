/* SPDX-License-Identifier: MIT */
#include "single_service.h"

#include <stdio.h>

#define LOG_MODULE "agent"
#include "base/log.h"

int single_service_read_command(struct agent_options *options, const struct agent_program *program, int argc,
                                char **argv, char ***command)
{
    int operands = argc;
    int status = agent_options_read(options, program, argc, argv, &operands);

    *command = argv + operands;
    if (status >= 0 || operands < argc)
        return status;
    (void)fprintf(stderr, "%s: no COMMAND is given\nTry '%s --help'.\n", program->name, program->name);
    return AGENT_EXIT_USAGE;
}

struct procjon_agent *single_service_open(const struct agent_options *options)
{
    struct procjon_error error;
    struct procjon_agent *agent = agent_options_open(options, &error);

    if (agent == NULL)
        log_error("%s", error.message);
    return agent;
}

struct procjon_service *single_service_add(struct procjon_agent *agent, const struct agent_options *options,
                                           const struct procjon_status *statuses, size_t count)
{
    struct procjon_service_options description;
    struct procjon_service *service;
    struct procjon_error error;

    procjon_service_defaults(&description);
    description.name = options->service;
    description.timeout = options->timeout_s;
    description.statuses = statuses;
    description.status_count = count;
    service = procjon_agent_add(agent, &description, &error);
    if (service == NULL)
        log_error("%s", error.message);
    return service;
}
