/* SPDX-License-Identifier: MIT */
/*
 * agent_options - the options of all agent programs, to which a program adds its own.
 *
 * Embedded as the first member of the program's own struct, which is the target of its own rows too:
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

/* As many as the library accepts. */
#define AGENT_OPTIONS_ENDPOINTS_MAX 16

/* Exit statuses, as of every program of the project. */
enum { AGENT_EXIT_RUNTIME = 1, AGENT_EXIT_USAGE = 2 };

struct agent_options {
    char *service; /* all strings are owned */
    char *endpoints[AGENT_OPTIONS_ENDPOINTS_MAX];
    size_t endpoint_count;
    char *root_cert, *cert, *key_cert; /* all or none */
    int timeout_s, period_s;
};

/* A program: its texts for --help, and its own rows besides the shared ones. */
struct agent_program {
    const char *name;
    const char *usage; /* what follows the name */
    const char *about;
    const char *footer; /* NULL: none */
    const struct option_row *rows;
    size_t row_count;
    bool operands; /* operands are accepted; otherwise one is an error */
};

/* The defaults; the service is the name of the host. */
void agent_options_init(struct agent_options *options);
void agent_options_fini(struct agent_options *options);

/*
 * Reads the command line and the environment, and sets the log level. -1: the program may start. Otherwise it
 * is to exit with the returned status: --help or --version was printed, or a usage error on stderr.
 */
int agent_options_read(struct agent_options *options, const struct agent_program *program, int argc,
                       char **argv, int *operands);

/* An agent with these options, which also notifies systemd. */
struct procjon_agent *agent_options_open(const struct agent_options *options, struct procjon_error *error);

#endif
