/* SPDX-License-Identifier: MIT */
/*
 * teller - an agent that does what it is told on its standard input: teller run|step PERIOD_MS [CA CERT KEY
 * --] ADDR...
 *
 *      add NAME TIMEOUT      with the statuses {0 ok, 1 nok}
 *      set NAME CODE
 *      remove NAME
 *      stop MS
 *
 * `run`: the agent has the main thread, and the commands come from another. `step`: it is stepped from a
 * poll(2) of this program's own. The result of the agent is the last line of the output.
 */
#include <procjon/agent.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES_MAX 64

struct told {
    char name[64]; /* empty: free */
    struct procjon_service *service;
};

struct teller {
    struct procjon_agent *agent;
    struct told services[SERVICES_MAX];
};

static struct told *find(struct teller *teller, const char *name)
{
    for (size_t i = 0; i < SERVICES_MAX; i++) {
        if (strcmp(teller->services[i].name, name) == 0)
            return &teller->services[i];
    }
    (void)fprintf(stderr, "teller: no room for '%s'\n", name);
    exit(2);
}

static void add(struct teller *teller, const char *name, int timeout)
{
    static const struct procjon_status statuses[] = {{0, "ok"}, {1, "nok"}};
    struct procjon_service_options options;
    struct procjon_error error;
    struct told *told = find(teller, "");

    (void)snprintf(told->name, sizeof told->name, "%s", name);
    procjon_service_defaults(&options);
    options.name = name;
    options.statuses = statuses;
    options.status_count = 2;
    options.timeout = timeout;
    told->service = procjon_agent_add(teller->agent, &options, &error);
    if (told->service == NULL)
        (void)fprintf(stderr, "teller: %s\n", error.message);
}

/* False: this was the last one. */
static int obey(struct teller *teller, const char *line)
{
    char word[16], name[64];
    unsigned ms;
    int number;

    if (sscanf(line, "stop %u", &ms) == 1) {
        procjon_agent_stop(teller->agent, ms);
        return 0;
    }
    if (sscanf(line, "remove %63s", name) == 1) {
        struct told *told = find(teller, name);

        procjon_service_remove(told->service);
        told->name[0] = '\0';
    } else if (sscanf(line, "%15s %63s %d", word, name, &number) == 3) {
        if (strcmp(word, "add") == 0)
            add(teller, name, number);
        else
            procjon_service_set(find(teller, name)->service, number);
    }
    return 1;
}

static void *listen_to_stdin(void *arg)
{
    char line[256];

    while (fgets(line, sizeof line, stdin) != NULL && obey(arg, line))
        continue;
    return NULL;
}

static int step(struct teller *teller)
{
    struct pollfd fds[] = {{.fd = 0, .events = POLLIN},
                           {.fd = procjon_agent_fd(teller->agent), .events = POLLIN}};
    char line[256];
    int result;

    while ((result = procjon_agent_step(teller->agent)) == 1) {
        (void)poll(fds, 2, -1);
        if (fds[0].revents != 0 && fgets(line, sizeof line, stdin) != NULL && !obey(teller, line))
            fds[0].fd = -1;
    }
    return result;
}

int main(int argc, char **argv)
{
    static struct teller teller;
    struct procjon_agent_options options;
    struct procjon_error error;
    int first = argc > 6 && strcmp(argv[6], "--") == 0 ? 7 : 3;
    pthread_t listener;
    int result;

    if (argc < 4)
        return 2;
    (void)setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what fgets has not read */
    procjon_agent_defaults(&options);
    options.period_ms = (unsigned)strtoul(argv[2], NULL, 10);
    options.sd_notify = 1;
    options.endpoints = (const char *const *)argv + first;
    options.endpoint_count = (size_t)(argc - first);
    if (first == 7) {
        options.root_cert = argv[3];
        options.cert = argv[4];
        options.key_cert = argv[5];
    }
    teller.agent = procjon_agent_new(&options, &error);
    if (teller.agent == NULL) {
        (void)fprintf(stderr, "teller: %s\n", error.message);
        return 1;
    }
    procjon_log(PROCJON_DEBUG, NULL, NULL);
    if (strcmp(argv[1], "run") == 0) {
        (void)pthread_create(&listener, NULL, listen_to_stdin, &teller);
        result = procjon_agent_run(teller.agent);
        (void)pthread_join(listener, NULL);
    } else {
        result = step(&teller);
    }
    procjon_agent_free(teller.agent);
    (void)printf("%d\n", result);
    return 0;
}
