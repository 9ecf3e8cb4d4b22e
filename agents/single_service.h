/* SPDX-License-Identifier: MIT */
/*
 * single_service - an agent that speaks for one service, as its options name it.
 *
 * What goes wrong is said in the log, and the result is NULL. The agent is freed with procjon_agent_free.
 */
#ifndef PROCJON_AGENTS_SINGLE_SERVICE_H
#define PROCJON_AGENTS_SINGLE_SERVICE_H

#include <stddef.h>

#include "agent_options.h"

/* As agent_options_read, for a program whose operands are a command: without one, that is a mistake too. */
int single_service_read_command(struct agent_options *options, const struct agent_program *program, int argc,
                                char **argv, char ***command);

struct procjon_agent *single_service_open(const struct agent_options *options);

/* From here on the server waits for reports. */
struct procjon_service *single_service_add(struct procjon_agent *agent, const struct agent_options *options,
                                           const struct procjon_status *statuses, size_t count);

#endif
