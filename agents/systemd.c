/* SPDX-License-Identifier: MIT */
/*
 * procjonsystemd - an agent that reports the state of systemd units.
 */
#include <poll.h>
#include <stdio.h>

#define LOG_MODULE "systemd"
#include "base/log.h"
#include "base/stdfd.h"
#include "clock.h"
#include "message.h"
#include "signal_fd.h"
#include "single_service.h"
#include "systemd_bus.h"
#include "units.h"

/* "SERVICE/UNIT" with its NUL. The longest one exceeds the limit of a name, which the library reports. */
#define NAME_MAX_SIZE (MESSAGE_TEXT_MAX + 1 + UNIT_NAME_MAX)

struct systemd {
    struct agent_options options; /* first: the shared rows write to it */
    bool user;
    struct units units;
    struct systemd_bus bus;
    struct procjon_agent *agent;
    bool single;   /* the one unit is the service NAME, not NAME/UNIT */
    bool stopping; /* after a signal, or a failure */
    int status;    /* to exit with */
};

static const struct procjon_status statuses[] = {
    {UNIT_ACTIVE, "active"},   {UNIT_RELOADING, "reloading"},     {UNIT_INACTIVE, "inactive"},
    {UNIT_FAILED, "failed"},   {UNIT_ACTIVATING, "activating"},   {UNIT_DEACTIVATING, "deactivating"},
    {UNIT_UNKNOWN, "unknown"}, {UNIT_MAINTENANCE, "maintenance"},
};
#define STATUSES (sizeof statuses / sizeof statuses[0])

static int set_unit(void *target, const char *value, struct err *err)
{
    return units_add(&((struct systemd *)target)->units, value, err);
}

static int set_user(void *target, const char *value, struct err *err)
{
    (void)value;
    (void)err;
    ((struct systemd *)target)->user = true;
    return 0;
}

static const struct option_row rows[] = {
    {"unit", 'u', "UNIT", true, "a unit, or a glob for several units; repeatable", set_unit},
    {"user", '\0', NULL, false, "use the user's service manager instead of the system's", set_user},
};

static const struct agent_program program = {
    .name = "procjonsystemd",
    .usage = "[OPTION]... --unit=UNIT...",
    .about = "Reports the state of systemd units to a procjon server. One unit is the service NAME;\n"
             "with several units or a glob each unit is a service of its own, NAME/UNIT.",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

static void stop(struct systemd *systemd)
{
    systemd->stopping = true;
    procjon_agent_stop(systemd->agent, PROCJON_STOP_MS);
}

/* Called with the first status: the server measures the timeout of a service from its registration. */
static struct procjon_service *add(struct systemd *systemd, const struct unit *unit)
{
    struct agent_options options = systemd->options;
    char name[NAME_MAX_SIZE];

    if (!systemd->single) {
        (void)snprintf(name, sizeof name, "%s/%s", options.service, unit->name);
        options.service = name;
    }
    return single_service_add(systemd->agent, &options, statuses, STATUSES);
}

static void on_changed(void *arg, struct unit *unit)
{
    struct systemd *systemd = arg;

    log_info("status changed unit=%s status=%s", unit->name, units_status_name(unit->status));
    if (unit->arg == NULL)
        unit->arg = add(systemd, unit);
    if (unit->arg != NULL) {
        procjon_service_set(unit->arg, (int)unit->status);
    } else if (unit->named) {
        systemd->status = AGENT_EXIT_RUNTIME;
        stop(systemd);
    }
}

static void on_vanished(void *arg, struct unit *unit)
{
    (void)arg;
    log_info("unit has vanished, its reports end unit=%s", unit->name);
    if (unit->arg != NULL)
        procjon_service_remove(unit->arg);
}

static const struct units_ops ops = {.changed = on_changed, .vanished = on_vanished};

static void loop(struct systemd *systemd, const struct signal_fd *signals)
{
    while (procjon_agent_step(systemd->agent) == 1) {
        struct pollfd fds[] = {
            {signals->fd, POLLIN, 0},
            {procjon_agent_fd(systemd->agent), POLLIN, 0},
            systemd_bus_poll(&systemd->bus),
        };
        uint64_t due_ms = systemd->stopping ? CLOCK_NEVER : systemd_bus_due(&systemd->bus);

        (void)poll(fds, systemd->stopping ? 2 : 3, clock_until(due_ms));
        if (signal_fd_stop_requested(signals))
            stop(systemd);
        if (!systemd->stopping)
            systemd_bus_work(&systemd->bus, clock_now());
    }
}

static void run(struct systemd *systemd)
{
    const struct agent_options *options = &systemd->options;
    struct signal_fd signals;
    struct err err;

    systemd->status = AGENT_EXIT_RUNTIME;
    if (signal_fd_init(&signals, &err) != 0) {
        log_error("%s", err.msg);
        return;
    }
    systemd->agent = single_service_open(options);
    if (systemd->agent != NULL) {
        systemd->status = 0;
        systemd->single = units_single(&systemd->units);
        systemd_bus_init(&systemd->bus, &systemd->units, systemd->user, (uint64_t)options->period_s * 1000,
                         (uint64_t)options->timeout_s * 1000, clock_now());
        loop(systemd, &signals);
        systemd_bus_fini(&systemd->bus);
    }
    procjon_agent_free(systemd->agent);
    signal_fd_fini(&signals);
}

int main(int argc, char **argv)
{
    struct systemd systemd = {.status = AGENT_EXIT_USAGE};
    int operands;
    int status;

    stdfd_reserve();
    agent_options_init(&systemd.options);
    units_init(&systemd.units, &ops, &systemd);
    status = agent_options_read(&systemd.options, &program, argc, argv, &operands);
    if (status >= 0)
        systemd.status = status;
    else if (systemd.units.count + systemd.units.glob_count > 0)
        run(&systemd);
    else
        (void)fprintf(stderr, "%s: no --unit is given\nTry '%s --help'.\n", program.name, program.name);
    units_fini(&systemd.units);
    agent_options_fini(&systemd.options);
    return systemd.status;
}
