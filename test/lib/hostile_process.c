/* SPDX-License-Identifier: MIT */
#include "hostile_process.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile_bed.h"

#define EXITS 300
/* Seconds: a program that takes longer hangs. */
#define EXIT_WITHIN 60

/* ---- fork and exec ---- */

static int child(const char *name)
{
    struct procjon_agent *agent = bed_new();
    int result;

    procjon_service_set(bed_add(agent, name, NULL, NULL), 1);
    procjon_agent_stop(agent, BED_STOP_MS);
    result = procjon_agent_run(agent);
    procjon_agent_free(agent);
    return result;
}

void hostile_fork(void)
{
    static struct procjon_agent *agent; /* the child has a copy, which it must not use */
    struct procjon_service *service;
    pthread_t runner;
    int status;
    pid_t pid;

    agent = bed_new();
    service = bed_add(agent, "parent", NULL, NULL);
    procjon_service_set(service, 0);
    (void)pthread_create(&runner, NULL, bed_run, agent);
    bed_sleep(300);
    pid = fork();
    if (pid == 0)
        _exit(child("child") == 0 ? 0 : 1);
    INSIST(waitpid(pid, &status, 0) == pid && status == 0);
    pid = fork();
    if (pid == 0)
        exit(0);
    INSIST(waitpid(pid, &status, 0) == pid && status == 0);
    procjon_service_set(service, 1);
    bed_sleep(300);
    procjon_agent_stop(agent, BED_STOP_MS);
    INSIST(bed_joined(runner) == 0);
    procjon_agent_free(agent);
}

void hostile_exec(void)
{
    struct procjon_agent *agent = bed_new();
    pthread_t runner;

    procjon_service_set(bed_add(agent, "parent", NULL, NULL), 0);
    INSIST(procjon_agent_fd(agent) >= 0);
    (void)pthread_create(&runner, NULL, bed_run, agent);
    bed_sleep(300);
    INSIST(system("ls /proc/self/fd | tr '\\n' ' '") == 0);
    procjon_agent_stop(agent, BED_STOP_MS);
    INSIST(bed_joined(runner) == 0);
    procjon_agent_free(agent);
}

/* ---- exit ---- */

static void exit_while_running(unsigned us)
{
    static struct procjon_agent *agent;
    static struct procjon_service *service;
    const struct timespec time = {.tv_nsec = (long)us * 1000};
    pthread_t runner;

    (void)alarm(EXIT_WITHIN);
    agent = bed_new();
    service = bed_add(agent, "exit", NULL, NULL);
    procjon_service_set(service, 0);
    (void)pthread_create(&runner, NULL, bed_run, agent);
    (void)nanosleep(&time, NULL);
    exit(0);
}

void hostile_exit(void)
{
    for (unsigned i = 0; i < EXITS; i++) {
        int status;
        pid_t pid = fork();

        if (pid == 0)
            exit_while_running(i * 50);
        INSIST(waitpid(pid, &status, 0) == pid && status == 0);
    }
}

/* ---- starved ---- */

void hostile_starved(void)
{
    struct procjon_agent *agent = bed_new();
    struct rlimit before, none = {0};
    pthread_t runner;

    procjon_service_set(bed_add(agent, "starved", NULL, NULL), 1);
    (void)getrlimit(RLIMIT_NOFILE, &before);
    none.rlim_max = before.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &none);
    (void)pthread_create(&runner, NULL, bed_run, agent);
    bed_sleep(500);
    (void)setrlimit(RLIMIT_NOFILE, &before);
    procjon_agent_stop(agent, BED_STOP_MS);
    INSIST(bed_joined(runner) == 0);
    procjon_agent_free(agent);
}
