/* SPDX-License-Identifier: MIT */
/* hostile_bed - agents and services for the scenarios of hostile.c; what fails ends the program. */
#ifndef PROCJON_TEST_HOSTILE_BED_H
#define PROCJON_TEST_HOSTILE_BED_H

#include <procjon/agent.h>

#include <pthread.h>

/* For a stop with something to deliver: only a hang takes as long. */
#define BED_STOP_MS 60000

extern const char *bed_address;
extern char *bed_tls[3]; /* NULL: plaintext */

/* With or without NDEBUG. */
void bed_insist(int truth, const char *what);
#define INSIST(truth) bed_insist(truth, #truth)

void bed_pass(unsigned ms);

struct procjon_agent *bed_enlist(void);

/* With the statuses {0 ok, 1 nok}, and an hour of patience. */
struct procjon_service *bed_add(struct procjon_agent *agent, const char *name, int (*ask)(void *arg),
                                void *arg);

/* For pthread_create: procjon_agent_run, whose result bed_joined returns. */
void *bed_run(void *agent);
int bed_joined(pthread_t thread);

#endif
