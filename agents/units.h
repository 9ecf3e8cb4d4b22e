/* SPDX-License-Identifier: MIT */
/*
 * units - the systemd units that are watched, and the state of each.
 *
 * Embedded in its owner, without any I/O: systemd_bus passes in what systemd reports, ops report changes.
 *
 *      list of loaded units:    units_begin, units_update for each row, units_end
 *      list of the other ones:  units_unlisted for their names; units_update_unlisted for each row of the
 *                               reply, in the same order; units_end
 *      PropertiesChanged:       units_set_state
 *      no reply in time:        units_mark_unknown
 *
 * A unit that was given by name is watched always: while systemd does not know it, it is unknown. A unit that
 * matches a glob is watched until it is neither loaded nor has a unit file.
 */
#ifndef PROCJON_AGENTS_UNITS_H
#define PROCJON_AGENTS_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "unit_name.h"

/* Each is a service with a stream for its status and one for its registration; the server allows a connection
 * 1000 streams. */
#define UNITS_MAX 400

/* Status codes that are registered with the server: never renumber. */
enum unit_status {
    UNIT_ACTIVE,
    UNIT_RELOADING,
    UNIT_INACTIVE,
    UNIT_FAILED,
    UNIT_ACTIVATING,
    UNIT_DEACTIVATING,
    UNIT_UNKNOWN,
    UNIT_MAINTENANCE,
    UNIT_NO_STATE, /* systemd has not reported it yet; not sent to the server */
};

struct unit {
    char name[UNIT_NAME_MAX]; /* of the unit, or an alias */
    char *path;               /* owned: its D-Bus object; NULL: not known yet */
    bool named;               /* given by name, not found by a glob */
    bool listed;              /* by the list since units_begin */
    bool vanished;            /* to be removed by units_end */
    enum unit_status status;
    void *arg; /* the owner's; NULL at first */
};

/* A row of ListUnits: id, object path, LoadState and ActiveState (org.freedesktop.systemd1(5)). */
struct unit_row {
    const char *name, *path, *load, *active;
};

struct units_ops {
    /* The status has changed from another one or from UNIT_NO_STATE. */
    void (*changed)(void *arg, struct unit *unit);
    /* A unit that matched a glob is gone. It is freed when this returns. */
    void (*vanished)(void *arg, struct unit *unit);
};

struct units {
    struct unit *all[UNITS_MAX];
    size_t count;
    char (*globs)[UNIT_NAME_MAX];
    size_t glob_count;
    bool full;   /* logged: the limit is reached */
    bool listed; /* the first list is complete */
    const struct units_ops *ops;
    void *arg;
};

void units_init(struct units *units, const struct units_ops *ops, void *arg);
void units_fini(struct units *units);

/* Adds a name or a glob. -EINVAL, -E2BIG. Call it before the first units_begin. */
int units_add(struct units *units, const char *text, struct err *err);

/* Whether there is one name and no glob. */
bool units_single(const struct units *units);

/* Whether the name is watched, or matches a glob. */
bool units_match(const struct units *units, const char *name);

void units_begin(struct units *units);
void units_update(struct units *units, const struct unit_row *row);
void units_end(struct units *units);

/* The next unit after `unit` (NULL: the first one) that is not listed; NULL: there is none. */
struct unit *units_unlisted(const struct units *units, const struct unit *unit);
void units_update_unlisted(struct units *units, struct unit *unit, const struct unit_row *row);

void units_set_state(struct units *units, const char *path, const char *active);
void units_mark_unknown(struct units *units);

/* "active" and so on, the ActiveState. */
const char *units_status_name(enum unit_status status);

#endif
