/* SPDX-License-Identifier: MIT */
/* Reports the free space of a file system: disk MOUNTPOINT [ENDPOINT [CA CERT KEY]] */
#include <procjon/agent.h>

#include <signal.h>
#include <stdio.h>
#include <sys/statvfs.h>

static struct procjon_agent *agent;

static void on_signal(int number)
{
    (void)number;
    /* procjon/agent.h allows it. NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c) */
    procjon_agent_stop(agent, PROCJON_STOP_MS);
}

static int ask(void *path)
{
    struct statvfs disk;

    if (statvfs((const char *)path, &disk) != 0)
        return 2;
    return disk.f_bavail < disk.f_blocks / 10 ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct procjon_status statuses[] = {{0, "ok"}, {1, "nearly full"}, {2, "unreadable"}};
    struct procjon_agent_options options;
    struct procjon_service_options disk;
    struct procjon_error error;
    int result;

    procjon_agent_defaults(&options);
    procjon_service_defaults(&disk);
    disk.name = "disk";
    disk.statuses = statuses;
    disk.status_count = 3;
    disk.ask = ask;
    disk.arg = argc > 1 ? argv[1] : NULL;
    if (argc > 2) {
        options.endpoints = (const char *const *)&argv[2];
        options.endpoint_count = 1;
    }
    if (argc > 5) {
        options.root_cert = argv[3];
        options.cert = argv[4];
        options.key_cert = argv[5];
    }
    agent = procjon_agent_new(&options, &error);
    if (argc < 2 || agent == NULL || procjon_agent_add(agent, &disk, &error) == NULL) {
        (void)fprintf(stderr, "disk: %s\n", argc < 2 ? "no mount point given" : error.message);
        procjon_agent_free(agent);
        return 1;
    }
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    result = procjon_agent_run(agent);
    procjon_agent_free(agent);
    return result == 0 ? 0 : 1;
}
