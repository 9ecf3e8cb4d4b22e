/* SPDX-License-Identifier: MIT */
/*
 * fleet - many agents in one process, each with a connection of its own: fleet COUNT TIMEOUT ADDR
 *
 * Each has one service, `host-N`, which it reports three times in TIMEOUT seconds. For each connection it
 * prints a line `connected MS`, with the time of CLOCK_MONOTONIC.
 */
#include <procjon/agent.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

/* Events of one epoll_wait. */
#define EVENTS_MAX 64

static void on_log(void *arg, enum procjon_level level, const char *text)
{
    struct timespec now;

    (void)arg;
    if (level == PROCJON_ERROR)
        (void)fprintf(stderr, "%s\n", text);
    if (strstr(text, ": connected ") == NULL)
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)printf("connected %lld\n", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static struct procjon_agent *new_agent(int number, int timeout, const char *address)
{
    struct procjon_agent_options options;
    struct procjon_service_options service;
    struct procjon_service *added = NULL;
    struct procjon_agent *agent;
    struct procjon_error error;
    char name[32];

    (void)snprintf(name, sizeof name, "host-%d", number);
    procjon_agent_defaults(&options);
    options.endpoints = &address;
    options.endpoint_count = 1;
    options.period_ms = (unsigned)timeout * 1000 / 3;
    procjon_service_defaults(&service);
    service.name = name;
    service.timeout = timeout;
    agent = procjon_agent_new(&options, &error);
    if (agent != NULL)
        added = procjon_agent_add(agent, &service, &error);
    if (added == NULL) {
        (void)fprintf(stderr, "fleet: %s: %s\n", name, error.message);
        exit(1);
    }
    procjon_service_set(added, 0);
    return agent;
}

/* Runs until the process is killed. */
static void run(int epoll)
{
    struct epoll_event events[EVENTS_MAX];

    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);

        for (int i = 0; i < count; i++)
            (void)procjon_agent_step(events[i].data.ptr);
    }
}

int main(int argc, char **argv)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct rlimit limit;

    if (argc != 4 || epoll < 0)
        return 2;
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    procjon_log(PROCJON_INFO, on_log, NULL);
    for (int i = 0; i < atoi(argv[1]); i++) {
        struct procjon_agent *agent = new_agent(i, atoi(argv[2]), argv[3]);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = agent};

        if (epoll_ctl(epoll, EPOLL_CTL_ADD, procjon_agent_fd(agent), &event) != 0) {
            perror("fleet");
            return 1;
        }
        (void)procjon_agent_step(agent);
    }
    run(epoll);
}
