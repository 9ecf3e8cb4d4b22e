/* SPDX-License-Identifier: MIT */
/*
 * agent_options - the options that all agent programs have, and how a program adds its own.
 *
 * Embedded first in the program's own struct, which is the target of its own rows too:
 *
 *      struct ping { struct agent_options agent; ... };
 *      agent_options_init(&ping.agent);
 *      status = agent_options_read(&ping.agent, &program, argc, argv, &operands);
 *      if (status >= 0) { agent_options_fini(&ping.agent); return status; }
 *      agent = agent_options_open(&ping.agent, &error);
 */
#ifndef PROCJON_LIB_AGENT_OPTIONS_H
#define PROCJON_LIB_AGENT_OPTIONS_H

#include <stddef.h>

#include "base/options.h"
#include "procjon/agent.h"

/* An agent has a server and perhaps a second one. */
#define AGENT_OPTIONS_ENDPOINTS_MAX 16

/* As every program of the project. */
enum { AGENT_EXIT_RUNTIME = 1, AGENT_EXIT_USAGE = 2 };

struct agent_options {
    char *service; /* all strings are owned */
    char *endpoints[AGENT_OPTIONS_ENDPOINTS_MAX];
    size_t endpoint_count;
    char *root_cert, *cert, *key_cert; /* all or none */
    int timeout_s, period_s;
};

/* What one program is: its words for --help, and its own rows besides the shared ones. */
struct agent_program {
    const char *name;
    const char *usage; /* what follows the name */
    const char *about;
    const char *footer; /* NULL: none */
    const struct option_row *rows;
    size_t row_count;
    bool operands; /* takes some: otherwise the first one is an error */
};

/* The defaults; the service is the name of the host. */
void agent_options_init(struct agent_options *options);
void agent_options_fini(struct agent_options *options);

/*
 * Reads the command line and the environment, and sets the level of the log. -1: go on. Otherwise the status
 * to exit with: --help and --version are answered, and a mistake is named on stderr.
 */
int agent_options_read(struct agent_options *options, const struct agent_program *program, int argc,
                       char **argv, int *operands);

/* An agent as the options want it, which tells systemd too. */
struct procjon_agent *agent_options_open(const struct agent_options *options, struct procjon_error *error);

#endif
