/* SPDX-License-Identifier: MIT */
#include "hostile_bed.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PERIOD_MS 50

const char *bed_address;
char *bed_tls[3];

void bed_insist(int truth, const char *what)
{
    if (truth)
        return;
    (void)fprintf(stderr, "hostile: %s\n", what);
    exit(1);
}

void bed_sleep(unsigned ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&time, NULL);
}

struct procjon_agent *bed_new(void)
{
    struct procjon_agent_options options;
    struct procjon_error error;
    struct procjon_agent *agent;

    procjon_agent_defaults(&options);
    options.endpoints = &bed_address;
    options.endpoint_count = 1;
    options.period_ms = PERIOD_MS;
    options.root_cert = bed_tls[0];
    options.cert = bed_tls[1];
    options.key_cert = bed_tls[2];
    agent = procjon_agent_new(&options, &error);
    bed_insist(agent != NULL, error.message);
    return agent;
}

struct procjon_service *bed_add(struct procjon_agent *agent, const char *name, int (*ask)(void *arg),
                                void *arg)
{
    static const struct procjon_status statuses[] = {{0, "ok"}, {1, "nok"}};
    struct procjon_service_options options;
    struct procjon_service *service;
    struct procjon_error error;

    procjon_service_defaults(&options);
    options.name = name;
    options.statuses = statuses;
    options.status_count = 2;
    options.timeout = 3600;
    options.ask = ask;
    options.arg = arg;
    service = procjon_agent_add(agent, &options, &error);
    bed_insist(service != NULL, error.message);
    return service;
}

void *bed_run(void *agent)
{
    return (void *)(intptr_t)procjon_agent_run(agent);
}

int bed_joined(pthread_t thread)
{
    void *result;

    (void)pthread_join(thread, &result);
    return (int)(intptr_t)result;
}
