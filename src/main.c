/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/prctl.h>

#include "base/stdfd.h"
#include "config/config.h"
#include "config/config_check.h"
#include "daemon.h"

#define LOG_MODULE "main"
#include "base/log.h"

/* As every program of the project: sysexits are nobody's friend. */
enum { EXIT_RUNTIME = 1, EXIT_USAGE = 2 };

static int serve(const struct config *config)
{
    static struct daemon daemon; /* some kilobytes: not for the stack */
    struct err err;

    log_set_level(config->log_level);
    /* What a connection never touches must not become resident: huge pages would fill the gaps. */
    (void)prctl(PR_SET_THP_DISABLE, 1UL, 0UL, 0UL, 0UL);
    if (daemon_open(&daemon, config, &err) != 0) {
        (void)fprintf(stderr, "procjon: %s\n", err.msg);
        return EXIT_RUNTIME;
    }
    return daemon_run(&daemon) == 0 ? 0 : EXIT_RUNTIME;
}

static int only_check(const struct config *config)
{
    struct err err;

    if (config_check(config, &err) != 0) {
        (void)fprintf(stderr, "procjon: %s\n", err.msg);
        return EXIT_RUNTIME;
    }
    (void)printf("procjon: the configuration is good\n");
    return 0;
}

int main(int argc, char **argv)
{
    struct config config;
    struct err err;
    int status = 0;

    stdfd_reserve();
    config_init(&config);
    switch (config_read(&config, argc, argv, &err)) {
    case OPTIONS_OK:
        status = config.only_check ? only_check(&config) : serve(&config);
        break;
    case OPTIONS_HELP:
        config_help("procjon", stdout);
        break;
    case OPTIONS_VERSION:
        (void)printf("procjon %s\n", PROCJON_VERSION);
        break;
    case OPTIONS_ERROR:
        (void)fprintf(stderr, "procjon: %s\nTry 'procjon --help'.\n", err.msg);
        status = EXIT_USAGE;
        break;
    }
    config_fini(&config);
    return status;
}
