/* SPDX-License-Identifier: MIT */
/*
 * teller - an agent with commands on its standard input:
 *
 *      teller run|step PERIOD_MS [CA CERT KEY --] ADDR...
 *
 *      add NAME TIMEOUT      with the statuses {0 ok, 1 nok}
 *      set NAME CODE
 *      remove NAME
 *      stop MS
 *
 * `run`: the agent runs in the main thread, and another thread reads the commands. `step`: one thread polls
 * the agent and the commands. The last line of the output is the agent's result.
 */
#include <procjon/agent.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICES_MAX 64

struct entry {
    char name[64]; /* empty: free */
    struct procjon_service *service;
};

struct teller {
    struct procjon_agent *agent;
    struct entry services[SERVICES_MAX];
};

static struct entry *find(struct teller *teller, const char *name)
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
    struct entry *entry = find(teller, "");

    (void)snprintf(entry->name, sizeof entry->name, "%s", name);
    procjon_service_defaults(&options);
    options.name = name;
    options.statuses = statuses;
    options.status_count = 2;
    options.timeout = timeout;
    entry->service = procjon_agent_add(teller->agent, &options, &error);
    if (entry->service == NULL)
        (void)fprintf(stderr, "teller: %s\n", error.message);
}

/* 0: no further command is read. */
static int execute(struct teller *teller, const char *line)
{
    char word[16], name[64];
    unsigned ms;
    int number;

    if (sscanf(line, "stop %u", &ms) == 1) {
        procjon_agent_stop(teller->agent, ms);
        return 0;
    }
    if (sscanf(line, "remove %63s", name) == 1) {
        struct entry *entry = find(teller, name);

        procjon_service_remove(entry->service);
        entry->name[0] = '\0';
    } else if (sscanf(line, "%15s %63s %d", word, name, &number) == 3) {
        if (strcmp(word, "add") == 0)
            add(teller, name, number);
        else
            procjon_service_set(find(teller, name)->service, number);
    }
    return 1;
}

static void *read_commands(void *arg)
{
    char line[256];

    while (fgets(line, sizeof line, stdin) != NULL && execute(arg, line))
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
        if (fds[0].revents != 0 && fgets(line, sizeof line, stdin) != NULL && !execute(teller, line))
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
    pthread_t reader;
    int result;

    if (argc < 4)
        return 2;
    (void)setvbuf(stdin, NULL, _IONBF, 0); /* fgets must not read ahead of poll */
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
        (void)pthread_create(&reader, NULL, read_commands, &teller);
        result = procjon_agent_run(teller.agent);
        (void)pthread_join(reader, NULL);
    } else {
        result = step(&teller);
    }
    procjon_agent_free(teller.agent);
    (void)printf("%d\n", result);
    return 0;
}
