/* SPDX-License-Identifier: MIT */
#include "systemd_bus.h"

#include <errno.h>
#include <string.h>

#define LOG_MODULE "systemd"
#include "base/log.h"
#include "clock.h"

/* The interface is described in org.freedesktop.systemd1(5). */
#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"

/* A connection attempt is one local call, and a bus that restarts is back within a second. */
#define RETRY_FIRST_MS 200
#define RETRY_MAX_MS 5000
#define RETRY_FACTOR 1.6
#define RETRY_JITTER 0.2
/* Messages handled in one call: on a busy bus the agent must still send its heartbeat. */
#define WORK_MESSAGES 64
/* Delay of the list after a new unit: units come in groups, and a list makes systemd visit every unit. */
#define LIST_DELAY_MS 100

/* ---- failures ---- */

/* The same error is logged once. */
static void log_failure(struct systemd_bus *bus, const struct err *err)
{
    if (bus->logged.code != err->code || strcmp(bus->logged.msg, err->msg) != 0)
        log_warning("systemd does not answer reason='%s'", err->msg);
    bus->logged = *err;
}

/* The connection is closed at the end of systemd_bus_work, because this may be a callback of sd-bus. */
static void fail(struct systemd_bus *bus, int code, const char *what)
{
    if (bus->failure.code == 0)
        (void)err_errno(&bus->failure, code, "%s", what);
}

static void on_reply(struct systemd_bus *bus)
{
    bus->stale_ms = clock_now() + bus->timeout_ms;
    backoff_reset(&bus->backoff);
    if (bus->logged.code != 0)
        log_info("systemd answers again");
    bus->logged = (struct err){0};
}

/* Whether the reply is an error. It keeps the connection: systemd may answer at the next period. */
static bool is_error(struct systemd_bus *bus, sd_bus_message *reply)
{
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    struct err err;

    if (error == NULL)
        return false;
    (void)err_set(&err, -EIO, "%s", error->message != NULL ? error->message : error->name);
    log_failure(bus, &err);
    return true;
}

/* ---- calls ---- */

/* A row of ListUnits: id, description, load, active, sub, following, path, job id, job type, job path. */
static int read_row(sd_bus_message *reply, struct unit_row *row)
{
    return sd_bus_message_read(reply, "(ssssssouso)", &row->name, NULL, &row->load, &row->active, NULL, NULL,
                               &row->path, NULL, NULL, NULL);
}

static sd_bus_message *new_call(struct systemd_bus *bus, const char *method)
{
    sd_bus_message *call = NULL;
    int code = sd_bus_message_new_method_call(bus->bus, &call, SYSTEMD, MANAGER_PATH, MANAGER, method);

    if (code < 0)
        fail(bus, code, method);
    else
        (void)sd_bus_message_set_auto_start(call, 0); /* systemd cannot be activated over the bus */
    return call;
}

/* Takes ownership of the message. `code` is that of building it. */
static void send_call(struct systemd_bus *bus, sd_bus_message *call, int code,
                      sd_bus_message_handler_t answered)
{
    if (code >= 0)
        code = sd_bus_call_async(bus->bus, &bus->call, call, answered, bus, bus->timeout_ms * 1000);
    if (code < 0)
        fail(bus, code, "cannot ask systemd");
    (void)sd_bus_message_unref(call);
}

static int on_files(sd_bus_message *reply, void *arg, sd_bus_error *error)
{
    struct systemd_bus *bus = arg;
    struct unit *unit = units_unlisted(bus->units, NULL);
    struct unit_row row;
    int code = 0;

    (void)error;
    if (!is_error(bus, reply)) {
        on_reply(bus);
        code = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        while (code >= 0 && unit != NULL && (code = read_row(reply, &row)) > 0) {
            units_update_unlisted(bus->units, unit, &row);
            unit = units_unlisted(bus->units, unit);
        }
        units_end(bus->units);
    }
    if (code < 0)
        fail(bus, code, "cannot read the reply of systemd");
    bus->call = sd_bus_slot_unref(bus->call);
    return 1;
}

/*
 * Makes systemd load the units that it does not have in memory, because only the unit file shows whether a
 * unit is inactive or does not exist. systemd signals UnitNew for each of them and soon unloads it again; so
 * this is done once a period, and never after a signal.
 */
static void list_files(struct systemd_bus *bus)
{
    struct unit *unit = units_unlisted(bus->units, NULL);
    sd_bus_message *call = new_call(bus, "ListUnitsByNames");
    int code = call == NULL ? -ENOMEM : sd_bus_message_open_container(call, 'a', "s");

    for (; code >= 0 && unit != NULL; unit = units_unlisted(bus->units, unit))
        code = sd_bus_message_append(call, "s", unit->name);
    if (code >= 0)
        code = sd_bus_message_close_container(call);
    send_call(bus, call, code, on_files);
}

static int on_list(sd_bus_message *reply, void *arg, sd_bus_error *error)
{
    struct systemd_bus *bus = arg;
    struct unit_row row;
    int code;

    (void)error;
    bus->call = sd_bus_slot_unref(bus->call);
    if (is_error(bus, reply))
        return 1;
    on_reply(bus);
    units_begin(bus->units);
    code = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
    while (code >= 0 && (code = read_row(reply, &row)) > 0)
        units_update(bus->units, &row);
    units_end(bus->units);
    if (code < 0) {
        fail(bus, code, "cannot read systemd's list of units");
        return 1;
    }
    if (bus->files && units_unlisted(bus->units, NULL) != NULL)
        list_files(bus);
    bus->files = false;
    return 1;
}

/* Lists the loaded units; a name is a pattern that matches itself. */
static void list_units(struct systemd_bus *bus)
{
    const struct units *units = bus->units;
    sd_bus_message *call = new_call(bus, "ListUnitsByPatterns");
    int code = call == NULL ? -ENOMEM : sd_bus_message_append(call, "as", 0);

    bus->list_ms = CLOCK_NEVER;
    if (code >= 0)
        code = sd_bus_message_open_container(call, 'a', "s");
    for (size_t i = 0; code >= 0 && i < units->glob_count; i++)
        code = sd_bus_message_append(call, "s", units->globs[i]);
    for (size_t i = 0; code >= 0 && i < units->count; i++)
        code = sd_bus_message_append(call, "s", units->all[i]->name);
    if (code >= 0)
        code = sd_bus_message_close_container(call);
    send_call(bus, call, code, on_list);
}

/* ---- signals ---- */

/* UnitNew: the unit is loaded and may run already, and no PropertiesChanged need follow. */
static int on_new(sd_bus_message *signal, void *arg, sd_bus_error *error)
{
    struct systemd_bus *bus = arg;
    uint64_t soon_ms = clock_now() + LIST_DELAY_MS;
    const char *name;

    (void)error;
    if (sd_bus_message_read(signal, "s", &name) > 0 && units_match(bus->units, name) &&
        soon_ms < bus->list_ms)
        bus->list_ms = soon_ms;
    return 0;
}

/* One entry of a{sv}. */
static int read_property(struct systemd_bus *bus, sd_bus_message *signal)
{
    const char *property;
    const char *active;
    int code = sd_bus_message_read(signal, "s", &property);

    if (code < 0)
        return code;
    if (strcmp(property, "ActiveState") != 0)
        return sd_bus_message_skip(signal, "v");
    code = sd_bus_message_read(signal, "v", "s", &active);
    if (code > 0)
        units_set_state(bus->units, sd_bus_message_get_path(signal), active);
    return code;
}

static int on_properties(sd_bus_message *signal, void *arg, sd_bus_error *error)
{
    struct systemd_bus *bus = arg;
    int code = sd_bus_message_skip(signal, "s");

    (void)error;
    if (code >= 0)
        code = sd_bus_message_enter_container(signal, 'a', "{sv}");
    while (code >= 0 && (code = sd_bus_message_enter_container(signal, 'e', "sv")) > 0) {
        code = read_property(bus, signal);
        if (code >= 0)
            code = sd_bus_message_exit_container(signal);
    }
    if (code < 0)
        log_debug("malformed signal path=%s", sd_bus_message_get_path(signal));
    return 0;
}

/* Without a subscriber systemd sends no signals. No reply is needed: the list shows if systemd answers. */
static void subscribe(struct systemd_bus *bus)
{
    sd_bus_message *call = new_call(bus, "Subscribe");
    int code = call == NULL ? -ENOMEM : sd_bus_message_set_expect_reply(call, 0);

    if (code >= 0)
        code = sd_bus_send(bus->bus, call, NULL);
    if (code < 0)
        fail(bus, code, "cannot subscribe to systemd");
    (void)sd_bus_message_unref(call);
    bus->files = true;
    bus->list_ms = 0;
}

/* NameOwnerChanged: systemd is on the bus again, perhaps as another process. */
static int on_owner(sd_bus_message *signal, void *arg, sd_bus_error *error)
{
    const char *owner;

    (void)error;
    if (sd_bus_message_read(signal, "sss", NULL, NULL, &owner) > 0 && *owner != '\0')
        subscribe(arg);
    return 0;
}

/* ---- the connection ---- */

static const struct {
    const char *rule;
    sd_bus_message_handler_t handler;
} matches[] = {
    {"type='signal',sender='" SYSTEMD
     "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',"
     "path_namespace='" MANAGER_PATH "/unit',arg0='" SYSTEMD ".Unit'",
     on_properties},
    {"type='signal',sender='" SYSTEMD "',interface='" MANAGER "',member='UnitNew',path='" MANAGER_PATH "'",
     on_new},
    {"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',"
     "arg0='" SYSTEMD "'",
     on_owner},
};

static void connect_bus(struct systemd_bus *bus)
{
    int code = bus->user ? sd_bus_open_user(&bus->bus) : sd_bus_open_system(&bus->bus);

    if (code < 0) {
        fail(bus, code, bus->user ? "cannot connect to the user's bus" : "cannot connect to the system bus");
        return;
    }
    for (size_t i = 0; code >= 0 && i < sizeof matches / sizeof matches[0]; i++)
        code = sd_bus_add_match_async(bus->bus, NULL, matches[i].rule, matches[i].handler, NULL, bus);
    if (code < 0)
        fail(bus, code, "cannot listen to the bus");
    else
        subscribe(bus);
}

static void disconnect(struct systemd_bus *bus)
{
    bus->call = sd_bus_slot_unref(bus->call);
    bus->bus = sd_bus_close_unref(bus->bus);
    bus->list_ms = CLOCK_NEVER;
}

void systemd_bus_init(struct systemd_bus *bus, struct units *units, bool user, uint64_t period_ms,
                      uint64_t timeout_ms, uint64_t now)
{
    *bus = (struct systemd_bus){
        .units = units,
        .user = user,
        .period_ms = period_ms,
        .timeout_ms = timeout_ms,
        .list_ms = CLOCK_NEVER,
        .stale_ms = now + period_ms, /* there is no earlier reply to rely on */
        .backoff = {.first = RETRY_FIRST_MS,
                    .max = RETRY_MAX_MS,
                    .factor = RETRY_FACTOR,
                    .jitter = RETRY_JITTER,
                    .seed = now},
    };
}

void systemd_bus_fini(struct systemd_bus *bus)
{
    disconnect(bus);
}

struct pollfd systemd_bus_poll(const struct systemd_bus *bus)
{
    int events = bus->bus == NULL ? 0 : sd_bus_get_events(bus->bus);

    return (struct pollfd){.fd = bus->bus == NULL ? -1 : sd_bus_get_fd(bus->bus),
                           .events = (short)(events > 0 ? events : 0)};
}

uint64_t systemd_bus_due(const struct systemd_bus *bus)
{
    uint64_t due_ms = bus->due_ms < bus->stale_ms ? bus->due_ms : bus->stale_ms;
    uint64_t bus_us = UINT64_MAX;

    if (bus->call == NULL && bus->list_ms < due_ms)
        due_ms = bus->list_ms;
    if (bus->bus != NULL)
        (void)sd_bus_get_timeout(bus->bus, &bus_us);
    if (bus_us / 1000 < due_ms)
        due_ms = bus_us / 1000 + (bus_us % 1000 != 0); /* rounded up: sd-bus has nothing to do before it */
    return due_ms;
}

static void process(struct systemd_bus *bus)
{
    int code = 1;

    for (int i = 0; i < WORK_MESSAGES && code > 0 && bus->failure.code == 0; i++)
        code = sd_bus_process(bus->bus, NULL);
    if (code < 0)
        fail(bus, code, "lost the connection to the bus");
}

static void on_due(struct systemd_bus *bus, uint64_t now)
{
    bus->due_ms = now + bus->period_ms;
    if (bus->bus == NULL) {
        connect_bus(bus);
        return;
    }
    bus->files = true;
    bus->list_ms = now;
}

void systemd_bus_work(struct systemd_bus *bus, uint64_t now)
{
    if (bus->bus != NULL)
        process(bus);
    if (bus->failure.code == 0 && now >= bus->due_ms)
        on_due(bus, now);
    if (bus->failure.code == 0 && bus->call == NULL && now >= bus->list_ms)
        list_units(bus);
    if (bus->failure.code != 0) {
        log_failure(bus, &bus->failure);
        disconnect(bus);
        bus->failure = (struct err){0};
        bus->due_ms = now + backoff_next(&bus->backoff);
    }
    if (now >= bus->stale_ms) {
        bus->stale_ms = CLOCK_NEVER;
        units_mark_unknown(bus->units);
    }
}
