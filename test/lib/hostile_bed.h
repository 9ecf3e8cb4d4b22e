/* SPDX-License-Identifier: MIT */
/* hostile_bed - agents and services for the scenarios of hostile.c. A failure ends the program. */
#ifndef PROCJON_TEST_HOSTILE_BED_H
#define PROCJON_TEST_HOSTILE_BED_H

#include <procjon/agent.h>

#include <pthread.h>

/* For a stop that must deliver a status: it takes as long only if it hangs. */
#define BED_STOP_MS 60000

extern const char *bed_address;
extern char *bed_tls[3]; /* NULL: plaintext */

/* An assertion that does not depend on NDEBUG. */
void bed_insist(int truth, const char *what);
#define INSIST(truth) bed_insist(truth, #truth)

void bed_sleep(unsigned ms);

struct procjon_agent *bed_new(void);

/* A service with the statuses {0 ok, 1 nok} and a timeout of an hour. */
struct procjon_service *bed_add(struct procjon_agent *agent, const char *name, int (*ask)(void *arg),
                                void *arg);

/* procjon_agent_run for pthread_create; bed_joined waits for the thread and returns the result. */
void *bed_run(void *agent);
int bed_joined(pthread_t thread);

#endif
