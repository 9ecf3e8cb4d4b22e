/* SPDX-License-Identifier: MIT */
/*
 * hostile - a program that does with the library whatever procjon/agent.h lets it: hostile SCENARIO ADDR
 *
 *      cycles      a hundred agents, one after the other, each stopped in another moment
 *      nowhere     the same where no server is
 *      nameless    four where the name of the server is not known: looking that up may take its time
 *      threads     many threads set, add and remove while the agent runs, stops, and has stopped
 *      callbacks   all that is legal from callbacks, done from each of them
 *      early       stopped, set and added to before it runs, after it has run, and run again
 *      deaf SECONDS    a loop of its own that does not step for so long, twice
 *      fork        a child with an agent of its own, and one that only ends, beside an agent that runs
 *      exec        prints the descriptors that a program started by this one would inherit
 *      starved     no descriptor is left when it wants to connect
 *      exit CA CERT KEY    ends without a word while another thread runs its agent, again and again
 *
 * Says `done` and exits with 0 when the library has kept its word.
 */
#include <procjon/agent.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CYCLES 100
#define THREADS 4
#define PERIOD_MS 50

static const char *address;
static char *tls[3]; /* NULL: plaintext */
static const struct procjon_status statuses[] = {{0, "ok"}, {1, "nok"}};

/* NDEBUG or not. */
static void insist(int truth, const char *what)
{
    if (truth)
        return;
    (void)fprintf(stderr, "hostile: %s\n", what);
    exit(1);
}
#define INSIST(truth) insist(truth, #truth)

static void pass(unsigned ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&time, NULL);
}

static struct procjon_agent *enlist(void)
{
    struct procjon_agent_options options;
    struct procjon_error error;
    struct procjon_agent *agent;

    procjon_agent_defaults(&options);
    options.endpoints = &address;
    options.endpoint_count = 1;
    options.period_ms = PERIOD_MS;
    options.root_cert = tls[0];
    options.cert = tls[1];
    options.key_cert = tls[2];
    agent = procjon_agent_new(&options, &error);
    insist(agent != NULL, error.message);
    return agent;
}

static struct procjon_service *add(struct procjon_agent *agent, const char *name, int (*ask)(void *arg),
                                   void *arg)
{
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
    insist(service != NULL, error.message);
    return service;
}

static void *run(void *agent)
{
    return (void *)(intptr_t)procjon_agent_run(agent);
}

static int joined(pthread_t thread)
{
    void *result;

    (void)pthread_join(thread, &result);
    return (int)(intptr_t)result;
}

/* ---- cycles ---- */

/* Each third one is not given the time to say good-bye. */
static int cycle(unsigned i, unsigned wait_ms)
{
    struct procjon_agent *agent = enlist();
    pthread_t thread;
    int result;

    procjon_service_set(add(agent, "cycle", NULL, NULL), (int)i % 2);
    (void)pthread_create(&thread, NULL, run, agent);
    pass(i / 4);
    procjon_agent_stop(agent, i % 3 == 0 ? 0 : wait_ms);
    result = joined(thread);
    procjon_agent_free(agent);
    return result;
}

static void cycles(void)
{
    for (unsigned i = 0; i < CYCLES; i++) {
        int result = cycle(i, 10000);

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

struct crowd {
    struct procjon_agent *agent;
    struct procjon_service *shared;
    atomic_int over;
    atomic_int number;
};

static void *meddle(void *arg)
{
    struct crowd *crowd = arg;
    int number = atomic_fetch_add(&crowd->number, 1);
    char name[32];

    for (int i = 0; !crowd->over; i++) {
        struct procjon_service *own;

        (void)snprintf(name, sizeof name, "own-%d", number);
        own = add(crowd->agent, name, NULL, NULL);
        for (int code = 0; code < 20; code++) {
            procjon_service_set(own, code % 2);
            procjon_service_set(crowd->shared, (number + code) % 2);
        }
        if (i % 4 == 0)
            pass(1);
        procjon_service_remove(own);
    }
    return NULL;
}

static void *hasten(void *arg)
{
    struct crowd *crowd = arg;

    for (unsigned ms = 400; ms > 0; ms -= 4)
        procjon_agent_stop(crowd->agent, ms);
    return NULL;
}

static void threads(void)
{
    for (int round = 0; round < 5; round++) {
        struct crowd crowd = {.agent = enlist()};
        pthread_t meddlers[THREADS], hasteners[THREADS], runner;
        int result;

        crowd.shared = add(crowd.agent, "shared", NULL, NULL);
        (void)pthread_create(&runner, NULL, run, crowd.agent);
        for (int i = 0; i < THREADS; i++)
            (void)pthread_create(&meddlers[i], NULL, meddle, &crowd);
        pass(300);
        for (int i = 0; i < THREADS; i++)
            (void)pthread_create(&hasteners[i], NULL, hasten, &crowd);
        result = joined(runner);
        INSIST(result == 0 || result == -ETIMEDOUT);
        pass(20); /* they go on: the services are valid until procjon_agent_free */
        crowd.over = 1;
        for (int i = 0; i < THREADS; i++) {
            (void)joined(meddlers[i]);
            (void)joined(hasteners[i]);
        }
        procjon_agent_free(crowd.agent);
    }
}

/* ---- callbacks ---- */

struct caller {
    struct procjon_agent *agent;
    struct procjon_service *first, *second;
    int asked, logged;
};

static int ask_and_meddle(void *arg)
{
    struct caller *caller = arg;

    switch (caller->asked++) {
    case 0:
        caller->second = add(caller->agent, "second", NULL, NULL);
        procjon_service_set(caller->second, 1);
        break;
    case 3:
        procjon_service_remove(caller->second);
        break;
    case 6:
        procjon_service_remove(caller->first); /* itself */
        (void)add(caller->agent, "third", ask_and_meddle, caller);
        break;
    case 12:
        procjon_agent_stop(caller->agent, 5000);
        procjon_agent_stop(caller->agent, 4000);
        break;
    default:
        break;
    }
    return caller->asked % 2;
}

static void log_and_meddle(void *arg, enum procjon_level level, const char *text)
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

    procjon_log(PROCJON_DEBUG, log_and_meddle, &caller);
    caller.agent = enlist();
    caller.first = add(caller.agent, "first", ask_and_meddle, &caller);
    INSIST(procjon_agent_run(caller.agent) == 0);
    INSIST(caller.asked >= 12 && caller.logged > 0);
    procjon_agent_free(caller.agent);
    procjon_log(PROCJON_INFO, NULL, NULL);
}

/* ---- early ---- */

static void early(void)
{
    struct procjon_agent *agent = enlist();
    struct procjon_service *service = add(agent, "early", NULL, NULL);

    procjon_agent_free(agent); /* never ran */
    procjon_agent_free(NULL);

    agent = enlist();
    service = add(agent, "early", NULL, NULL);
    procjon_service_set(service, 1);
    procjon_agent_stop(agent, 10000);
    INSIST(procjon_agent_run(agent) == 0);
    INSIST(procjon_agent_run(agent) == 0); /* it has stopped */
    INSIST(procjon_agent_step(agent) == 0);
    procjon_service_set(service, 0);
    procjon_agent_stop(agent, 0);
    service = add(agent, "late", NULL, NULL);
    procjon_service_set(service, 1);
    procjon_service_remove(service);
    (void)add(agent, "later", NULL, NULL);
    INSIST(procjon_agent_run(agent) == 0);
    INSIST(procjon_agent_fd(agent) >= 0);
    procjon_agent_free(agent);

    agent = enlist();
    procjon_service_set(add(agent, "hurry", NULL, NULL), 1);
    procjon_agent_stop(agent, 0);
    INSIST(procjon_agent_run(agent) == -ETIMEDOUT);
    procjon_agent_free(agent);
}

/* ---- deaf ---- */

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

static void deaf(unsigned seconds)
{
    struct procjon_agent *agent = enlist();
    struct procjon_service *service = add(agent, "deaf", NULL, NULL);
    struct pollfd fd = {.fd = procjon_agent_fd(agent), .events = POLLIN};
    int result;

    (void)procjon_agent_step(agent); /* it begins to connect */
    pass(seconds * 1000);
    INSIST(poll(&fd, 1, 0) == 1);
    procjon_service_set(service, 0);
    step_for(agent, 3000);
    pass(seconds * 1000);
    procjon_service_set(service, 1);
    INSIST(poll(&fd, 1, 0) == 1);
    step_for(agent, 3000);
    procjon_agent_stop(agent, 10000);
    while ((result = procjon_agent_step(agent)) == 1)
        (void)poll(&fd, 1, -1);
    INSIST(result == 0);
    procjon_agent_free(agent);
}

/* ---- fork and exec ---- */

static int child(const char *name)
{
    struct procjon_agent *agent = enlist();
    int result;

    procjon_service_set(add(agent, name, NULL, NULL), 1);
    procjon_agent_stop(agent, 10000);
    result = procjon_agent_run(agent);
    procjon_agent_free(agent);
    return result;
}

static void fork_twice(void)
{
    static struct procjon_agent *agent; /* the child has it too, and must not touch it */
    struct procjon_service *service;
    pthread_t runner;
    int status;
    pid_t pid;

    agent = enlist();
    service = add(agent, "parent", NULL, NULL);
    procjon_service_set(service, 0);
    (void)pthread_create(&runner, NULL, run, agent);
    pass(300);
    pid = fork();
    if (pid == 0)
        _exit(child("child") == 0 ? 0 : 1);
    INSIST(waitpid(pid, &status, 0) == pid && status == 0);
    pid = fork();
    if (pid == 0)
        exit(0);
    INSIST(waitpid(pid, &status, 0) == pid && status == 0);
    procjon_service_set(service, 1);
    pass(300);
    procjon_agent_stop(agent, 10000);
    INSIST(joined(runner) == 0);
    procjon_agent_free(agent);
}

static void exec_another(void)
{
    struct procjon_agent *agent = enlist();
    pthread_t runner;

    procjon_service_set(add(agent, "parent", NULL, NULL), 0);
    INSIST(procjon_agent_fd(agent) >= 0);
    (void)pthread_create(&runner, NULL, run, agent);
    pass(300);
    INSIST(system("ls /proc/self/fd | tr '\\n' ' '") == 0);
    procjon_agent_stop(agent, 10000);
    INSIST(joined(runner) == 0);
    procjon_agent_free(agent);
}

/* ---- exit ---- */

static void end_in_the_middle(unsigned us)
{
    static struct procjon_agent *agent;
    static struct procjon_service *service;
    const struct timespec time = {.tv_nsec = (long)us * 1000};
    pthread_t runner;

    agent = enlist();
    service = add(agent, "brief", NULL, NULL);
    procjon_service_set(service, 0);
    (void)pthread_create(&runner, NULL, run, agent);
    (void)nanosleep(&time, NULL);
    exit(0);
}

static void end_again_and_again(void)
{
    for (unsigned i = 0; i < 3 * CYCLES; i++) {
        int status;
        pid_t pid = fork();

        if (pid == 0)
            end_in_the_middle(i * 50);
        INSIST(waitpid(pid, &status, 0) == pid && status == 0);
    }
}

/* ---- starved ---- */

static void starved(void)
{
    struct procjon_agent *agent = enlist();
    struct rlimit before, none = {0};
    pthread_t runner;

    procjon_service_set(add(agent, "starved", NULL, NULL), 1);
    (void)getrlimit(RLIMIT_NOFILE, &before);
    none.rlim_max = before.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &none);
    (void)pthread_create(&runner, NULL, run, agent);
    pass(500);
    (void)setrlimit(RLIMIT_NOFILE, &before);
    procjon_agent_stop(agent, 20000);
    INSIST(joined(runner) == 0);
    procjon_agent_free(agent);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*play)(void);
    } scenarios[] = {
        {"cycles", cycles},       {"nowhere", nowhere},
        {"nameless", nameless},   {"threads", threads},
        {"callbacks", callbacks}, {"early", early},
        {"fork", fork_twice},     {"exec", exec_another},
        {"starved", starved},     {"exit", end_again_and_again},
    };

    if (argc < 3)
        return 2;
    address = argv[2];
    if (argc == 4)
        deaf((unsigned)atoi(argv[3]));
    if (argc == 6)
        memcpy(tls, argv + 3, sizeof tls);
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        if (strcmp(argv[1], scenarios[i].name) == 0)
            scenarios[i].play();
    }
    (void)printf("done\n");
    return 0;
}
