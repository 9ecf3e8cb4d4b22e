/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/stdfd.h"
#include "config/config.h"
#include "config/config_check.h"
#include "daemon.h"

/* Exit statuses, as of every program of the project. */
enum { EXIT_RUNTIME = 1, EXIT_USAGE = 2 };

static int serve(const struct config *config)
{
    static struct daemon daemon; /* too large for the stack */
    struct err err;

    log_set_level(config->log_level);
    /* A huge page is resident as a whole: without it, unused parts of a connection's memory cost nothing. */
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
    (void)printf("procjon: the configuration is valid\n");
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
