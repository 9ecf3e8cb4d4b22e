/* SPDX-License-Identifier: MIT */
/*
 * single_service - an agent with one service, of the options that every agent program has.
 *
 * Failures are logged, and the result is NULL. The agent is freed with procjon_agent_free.
 */
#ifndef PROCJON_AGENTS_SINGLE_SERVICE_H
#define PROCJON_AGENTS_SINGLE_SERVICE_H

#include <stddef.h>

#include "agent_options.h"

/* As agent_options_read, for a program whose operands are a command: a missing one is a usage error. */
int single_service_read_command(struct agent_options *options, const struct agent_program *program, int argc,
                                char **argv, char ***command);

/* An agent without a service. */
struct procjon_agent *single_service_open(const struct agent_options *options);

/* Adds the service. The server measures its timeout from the registration. */
struct procjon_service *single_service_add(struct procjon_agent *agent, const struct agent_options *options,
                                           const struct procjon_status *statuses, size_t count);

#endif
