/* SPDX-License-Identifier: MIT */
/*
 * hostile - uses the library in every way that procjon/agent.h allows: hostile SCENARIO ADDR
 *
 *      cycles      a hundred agents, one after the other, each stopped at a different time
 *      nowhere     the same without a server
 *      nameless    four agents whose server name does not exist, so that the look-up may block
 *      threads     many threads set, add and remove services while the agent runs, stops, and has stopped
 *      callbacks   all that is legal in callbacks
 *      early       an agent is stopped, set and added to before it runs and after, and run again
 *      paused SECONDS    an event loop of the program that does not step the agent for so long, twice
 *      fork        a child with an agent of its own, and one that only exits, beside an agent that runs
 *      exec        prints the descriptors that a program started by this one inherits
 *      starved     no descriptor is available for the connection
 *      exit CA CERT KEY    exits while another thread runs its agent, many times
 *
 * Prints `done` and exits with 0 if the library behaves as documented.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hostile_bed.h"
#include "hostile_process.h"

#define CYCLES 100
#define THREADS 4

/* ---- cycles ---- */

/* Every third agent has no time to drain. */
static int cycle(unsigned i, unsigned wait_ms)
{
    struct procjon_agent *agent = bed_new();
    pthread_t thread;
    int result;

    procjon_service_set(bed_add(agent, "cycle", NULL, NULL), (int)i % 2);
    (void)pthread_create(&thread, NULL, bed_run, agent);
    bed_sleep(i / 4);
    procjon_agent_stop(agent, i % 3 == 0 ? 0 : wait_ms);
    result = bed_joined(thread);
    procjon_agent_free(agent);
    return result;
}

static void cycles(void)
{
    for (unsigned i = 0; i < CYCLES; i++) {
        int result = cycle(i, BED_STOP_MS);

        INSIST(result == 0 || (result == -ETIMEDOUT && i % 3 == 0));
    }
}

static void nowhere(void)
{
    for (unsigned i = 0; i < CYCLES; i++)
        INSIST(cycle(i, 5) == -ETIMEDOUT);
}

static void nameless(void)
{
    for (unsigned i = 0; i < 4; i++)
        INSIST(cycle(i, 5) == -ETIMEDOUT);
}

/* ---- threads ---- */

struct shared {
    struct procjon_agent *agent;
    struct procjon_service *service;
    atomic_int over;
    atomic_int number;
};

static void *use_services(void *arg)
{
    struct shared *shared = arg;
    int number = atomic_fetch_add(&shared->number, 1);
    char name[32];

    for (int i = 0; !shared->over; i++) {
        struct procjon_service *own;

        (void)snprintf(name, sizeof name, "own-%d", number);
        own = bed_add(shared->agent, name, NULL, NULL);
        for (int code = 0; code < 20; code++) {
            procjon_service_set(own, code % 2);
            procjon_service_set(shared->service, (number + code) % 2);
        }
        if (i % 4 == 0)
            bed_sleep(1);
        procjon_service_remove(own);
    }
    return NULL;
}

static void *stop_often(void *arg)
{
    struct shared *shared = arg;

    for (unsigned ms = 400; ms > 0; ms -= 4)
        procjon_agent_stop(shared->agent, ms);
    return NULL;
}

static void threads(void)
{
    for (int round = 0; round < 5; round++) {
        struct shared shared = {.agent = bed_new()};
        pthread_t users[THREADS], stoppers[THREADS], runner;
        int result;

        shared.service = bed_add(shared.agent, "shared", NULL, NULL);
        (void)pthread_create(&runner, NULL, bed_run, shared.agent);
        for (int i = 0; i < THREADS; i++)
            (void)pthread_create(&users[i], NULL, use_services, &shared);
        bed_sleep(300);
        for (int i = 0; i < THREADS; i++)
            (void)pthread_create(&stoppers[i], NULL, stop_often, &shared);
        result = bed_joined(runner);
        INSIST(result == 0 || result == -ETIMEDOUT);
        bed_sleep(20); /* the threads continue: services are valid until procjon_agent_free */
        shared.over = 1;
        for (int i = 0; i < THREADS; i++) {
            (void)bed_joined(users[i]);
            (void)bed_joined(stoppers[i]);
        }
        procjon_agent_free(shared.agent);
    }
}

/* ---- callbacks ---- */

struct caller {
    struct procjon_agent *agent;
    struct procjon_service *first, *second;
    int asked, logged;
};

static int ask_and_call(void *arg)
{
    struct caller *caller = arg;

    switch (caller->asked++) {
    case 0:
        caller->second = bed_add(caller->agent, "second", NULL, NULL);
        procjon_service_set(caller->second, 1);
        break;
    case 3:
        procjon_service_remove(caller->second);
        break;
    case 6:
        procjon_service_remove(caller->first); /* itself */
        (void)bed_add(caller->agent, "third", ask_and_call, caller);
        break;
    case 12:
        procjon_agent_stop(caller->agent, 2 * BED_STOP_MS);
        procjon_agent_stop(caller->agent, BED_STOP_MS);
        break;
    default:
        break;
    }
    return caller->asked % 2;
}

static void log_and_call(void *arg, enum procjon_level level, const char *text)
{
    struct caller *caller = arg;

    (void)level;
    (void)text;
    caller->logged++;
    if (caller->second != NULL && caller->asked < 3)
        procjon_service_set(caller->second, caller->logged % 2);
}

static void callbacks(void)
{
    struct caller caller = {0};

    procjon_log(PROCJON_DEBUG, log_and_call, &caller);
    caller.agent = bed_new();
    caller.first = bed_add(caller.agent, "first", ask_and_call, &caller);
    INSIST(procjon_agent_run(caller.agent) == 0);
    INSIST(caller.asked >= 12 && caller.logged > 0);
    procjon_agent_free(caller.agent);
    procjon_log(PROCJON_INFO, NULL, NULL);
}

/* ---- early ---- */

static void early(void)
{
    struct procjon_agent *agent = bed_new();
    struct procjon_service *service = bed_add(agent, "early", NULL, NULL);

    procjon_agent_free(agent); /* without a run */
    procjon_agent_free(NULL);

    agent = bed_new();
    service = bed_add(agent, "early", NULL, NULL);
    procjon_service_set(service, 1);
    procjon_agent_stop(agent, BED_STOP_MS);
    INSIST(procjon_agent_run(agent) == 0);
    INSIST(procjon_agent_run(agent) == 0); /* it has stopped */
    INSIST(procjon_agent_step(agent) == 0);
    procjon_service_set(service, 0);
    procjon_agent_stop(agent, 0);
    service = bed_add(agent, "late", NULL, NULL);
    procjon_service_set(service, 1);
    procjon_service_remove(service);
    (void)bed_add(agent, "later", NULL, NULL);
    INSIST(procjon_agent_run(agent) == 0);
    INSIST(procjon_agent_fd(agent) >= 0);
    procjon_agent_free(agent);

    agent = bed_new();
    procjon_service_set(bed_add(agent, "hurry", NULL, NULL), 1);
    procjon_agent_stop(agent, 0);
    INSIST(procjon_agent_run(agent) == -ETIMEDOUT);
    procjon_agent_free(agent);
}

/* ---- paused ---- */

static void step_for(struct procjon_agent *agent, int ms)
{
    struct pollfd fd = {.fd = procjon_agent_fd(agent), .events = POLLIN};
    struct timespec now;
    long long end;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    end = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
    for (;;) {
        long long left;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        left = end - (long long)now.tv_sec * 1000 - now.tv_nsec / 1000000;
        if (left <= 0)
            return;
        INSIST(procjon_agent_step(agent) == 1);
        (void)poll(&fd, 1, (int)left);
    }
}

static void paused(unsigned seconds)
{
    struct procjon_agent *agent = bed_new();
    struct procjon_service *service = bed_add(agent, "paused", NULL, NULL);
    struct pollfd fd = {.fd = procjon_agent_fd(agent), .events = POLLIN};
    int result;

    (void)procjon_agent_step(agent); /* begins to connect */
    bed_sleep(seconds * 1000);
    INSIST(poll(&fd, 1, 0) == 1);
    procjon_service_set(service, 0);
    step_for(agent, 3000);
    bed_sleep(seconds * 1000);
    procjon_service_set(service, 1);
    INSIST(poll(&fd, 1, 0) == 1);
    step_for(agent, 3000);
    procjon_agent_stop(agent, BED_STOP_MS);
    while ((result = procjon_agent_step(agent)) == 1)
        (void)poll(&fd, 1, -1);
    INSIST(result == 0);
    procjon_agent_free(agent);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } scenarios[] = {
        {"cycles", cycles},           {"nowhere", nowhere},   {"nameless", nameless}, {"threads", threads},
        {"callbacks", callbacks},     {"early", early},       {"fork", hostile_fork}, {"exec", hostile_exec},
        {"starved", hostile_starved}, {"exit", hostile_exit},
    };

    size_t at = 0;

    if (argc < 3)
        return 2;
    bed_address = argv[2];
    if (argc == 6)
        memcpy(bed_tls, argv + 3, sizeof bed_tls);
    while (at < sizeof scenarios / sizeof scenarios[0] && strcmp(argv[1], scenarios[at].name) != 0)
        at++;
    if (at < sizeof scenarios / sizeof scenarios[0])
        scenarios[at].run();
    else if (strcmp(argv[1], "paused") == 0 && argc == 4)
        paused((unsigned)atoi(argv[3]));
    else
        return 2;
    (void)printf("done\n");
    return 0;
}
