/* SPDX-License-Identifier: MIT */
/*
 * units - which systemd units are watched, and how each of them is doing.
 *
 * Knows no bus: what systemd says comes in, and what is to be told goes out through ops.
 *
 *      list:    units_begin, units_update for each row that systemd has in memory, units_end
 *      files:   units_unlisted for the names of the others, which systemd may know from its files;
 *               units_update_unlisted for each row of the answer, in that order, units_end
 *      signal:  units_set_state
 *      silence: units_mark_unknown
 *
 * A unit that was asked for by name is watched for ever: while there is no such unit it is unknown. One that
 * a glob has found is watched until it has vanished: it is not running, and no file of it is left.
 */
#ifndef PROCJON_AGENTS_UNITS_H
#define PROCJON_AGENTS_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "unit_name.h"

/* Each is a service with a stream, and registers on another one: the server allows a connection 1000. */
#define UNITS_MAX 400

/* The codes are the contract with the server, and never change their meaning. */
enum unit_status {
    UNIT_ACTIVE,
    UNIT_RELOADING,
    UNIT_INACTIVE,
    UNIT_FAILED,
    UNIT_ACTIVATING,
    UNIT_DEACTIVATING,
    UNIT_UNKNOWN,
    UNIT_MAINTENANCE,
    UNIT_NO_STATE, /* nothing was said about it yet; never told */
};

struct unit {
    char name[UNIT_NAME_MAX]; /* of the unit, or an alias of it */
    char *path;               /* owned: its object on the bus; NULL: not known yet */
    bool named;               /* asked for by name */
    bool listed;              /* since units_begin */
    bool vanished;            /* goes at units_end */
    enum unit_status status;
    void *arg; /* the owner's; NULL at first */
};

/* What systemd says of a unit: its id, object, LoadState and ActiveState (org.freedesktop.systemd1(5)). */
struct unit_row {
    const char *name, *path, *load, *active;
};

struct units_ops {
    /* The status is another one, or the first one. */
    void (*turned)(void *arg, struct unit *unit);
    /* The unit is freed when this returns. */
    void (*vanished)(void *arg, struct unit *unit);
};

struct units {
    struct unit *all[UNITS_MAX];
    size_t count;
    char (*globs)[UNIT_NAME_MAX];
    size_t glob_count;
    bool full;   /* was said in the log */
    bool looked; /* there was a list */
    const struct units_ops *ops;
    void *arg;
};

void units_init(struct units *units, const struct units_ops *ops, void *arg);
void units_fini(struct units *units);

/* Watches what the text says, a name or a glob. -EINVAL, -E2BIG. Before anything else. */
int units_want(struct units *units, const char *text, struct err *err);

/* Watches exactly one, by its name. */
bool units_single(const struct units *units);

/* Whether this is, or would be, one of them. */
bool units_concern(const struct units *units, const char *name);

void units_begin(struct units *units);
void units_update(struct units *units, const struct unit_row *row);
void units_end(struct units *units);

/* The next unit after `unit` that is not listed, from the first on with NULL; NULL: there is none. */
struct unit *units_unlisted(const struct units *units, const struct unit *unit);
void units_update_unlisted(struct units *units, struct unit *unit, const struct unit_row *row);

void units_set_state(struct units *units, const char *path, const char *active);
void units_mark_unknown(struct units *units);

/* "active", ... */
const char *units_status_name(enum unit_status status);

#endif
