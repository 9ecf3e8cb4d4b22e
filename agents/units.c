/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "systemd"
#include "base/log.h"
#include "base/mem.h"

/*
 * ActiveState of systemd. `refreshing`, of newer versions, is reported as reloading: the unit runs and its
 * extension images are reloaded.
 */
static const struct {
    const char *active;
    enum unit_status status;
} states[] = {
    {"active", UNIT_ACTIVE},   {"reloading", UNIT_RELOADING},     {"inactive", UNIT_INACTIVE},
    {"failed", UNIT_FAILED},   {"activating", UNIT_ACTIVATING},   {"deactivating", UNIT_DEACTIVATING},
    {"unknown", UNIT_UNKNOWN}, {"maintenance", UNIT_MAINTENANCE}, {"refreshing", UNIT_RELOADING},
};
#define STATES (sizeof states / sizeof states[0])

static enum unit_status parse(const char *active)
{
    for (size_t i = 0; i < STATES; i++) {
        if (strcmp(states[i].active, active) == 0)
            return states[i].status;
    }
    return UNIT_UNKNOWN;
}

const char *units_status_name(enum unit_status status)
{
    for (size_t i = 0; i < STATES; i++) {
        if (states[i].status == status)
            return states[i].active;
    }
    return "no state";
}

/* systemd keeps a unit that others refer to, without a unit file, as not-found and inactive. */
static bool absent(const struct unit_row *row)
{
    return strcmp(row->load, "not-found") == 0 && parse(row->active) == UNIT_INACTIVE;
}

void units_init(struct units *units, const struct units_ops *ops, void *arg)
{
    *units = (struct units){.ops = ops, .arg = arg};
}

static void release(struct unit *unit)
{
    free(unit->path);
    free(unit);
}

void units_fini(struct units *units)
{
    for (size_t i = 0; i < units->count; i++)
        release(units->all[i]);
    free(units->globs);
    *units = (struct units){0};
}

static struct unit *find(const struct units *units, const char *name)
{
    for (size_t i = 0; i < units->count; i++) {
        if (strcmp(units->all[i]->name, name) == 0)
            return units->all[i];
    }
    return NULL;
}

static struct unit *append(struct units *units, const char *name, bool named)
{
    struct unit *unit = mem_zalloc(sizeof *unit);

    memcpy(unit->name, name, strlen(name)); /* is shorter: unit_name_read or units_update has checked it */
    unit->named = named;
    unit->status = UNIT_NO_STATE;
    units->all[units->count++] = unit;
    return unit;
}

int units_add(struct units *units, const char *text, struct err *err)
{
    char name[UNIT_NAME_MAX];
    bool glob;

    if (unit_name_read(text, name, &glob, err) != 0)
        return err->code;
    if (units->count + units->glob_count >= UNITS_MAX)
        return err_set(err, -E2BIG, "'%s' is one more than the %d units that can be watched", text,
                       UNITS_MAX);
    if (glob) {
        units->globs = mem_realloc(units->globs, (units->glob_count + 1) * sizeof *units->globs);
        memcpy(units->globs[units->glob_count++], name, sizeof name);
    } else if (find(units, name) == NULL) {
        (void)append(units, name, true);
    }
    return 0;
}

bool units_single(const struct units *units)
{
    return units->count == 1 && units->glob_count == 0;
}

static bool matches(const struct units *units, const char *name)
{
    for (size_t i = 0; i < units->glob_count; i++) {
        if (unit_name_matches(name, units->globs[i]))
            return true;
    }
    return false;
}

bool units_match(const struct units *units, const char *name)
{
    return matches(units, name) || find(units, name) != NULL;
}

static void set_status(struct units *units, struct unit *unit, enum unit_status status)
{
    if (unit->status == status)
        return;
    unit->status = status;
    units->ops->changed(units->arg, unit);
}

static void remember_path(struct unit *unit, const char *path)
{
    if (unit->path != NULL && strcmp(unit->path, path) == 0)
        return;
    free(unit->path);
    unit->path = mem_strdup(path);
}

static void update(struct units *units, struct unit *unit, const struct unit_row *row)
{
    unit->listed = true;
    remember_path(unit, row->path);
    if (!absent(row)) {
        set_status(units, unit, parse(row->active));
    } else if (unit->named) {
        if (unit->status != UNIT_UNKNOWN)
            log_warning("unit does not exist unit=%s", unit->name);
        set_status(units, unit, UNIT_UNKNOWN);
    } else {
        unit->vanished = true;
    }
}

void units_begin(struct units *units)
{
    for (size_t i = 0; i < units->count; i++)
        units->all[i]->listed = false;
}

void units_update(struct units *units, const struct unit_row *row)
{
    struct unit *unit = find(units, row->name);

    if (unit == NULL) {
        if (absent(row) || !matches(units, row->name) || strlen(row->name) >= UNIT_NAME_MAX)
            return;
        if (units->count == UNITS_MAX) {
            if (!units->full)
                log_warning("too many units, not watched unit=%s limit=%d", row->name, UNITS_MAX);
            units->full = true;
            return;
        }
        unit = append(units, row->name, false);
    }
    update(units, unit, row);
}

/* Warns after the first list only: a unit may come later, but the glob may also be misspelt. */
static void check_globs(struct units *units)
{
    for (size_t i = 0; i < units->glob_count && !units->listed; i++) {
        size_t found = 0;

        while (found < units->count && !unit_name_matches(units->all[found]->name, units->globs[i]))
            found++;
        if (found == units->count)
            log_warning("no unit matches yet glob=%s", units->globs[i]);
    }
    units->listed = true;
}

void units_end(struct units *units)
{
    size_t kept = 0;

    for (size_t i = 0; i < units->count; i++) {
        struct unit *unit = units->all[i];

        if (!unit->vanished) {
            units->all[kept++] = unit;
            continue;
        }
        units->ops->vanished(units->arg, unit);
        release(unit);
    }
    units->count = kept;
    check_globs(units);
}

struct unit *units_unlisted(const struct units *units, const struct unit *unit)
{
    bool after = unit == NULL;

    for (size_t i = 0; i < units->count; i++) {
        if (after && !units->all[i]->listed)
            return units->all[i];
        after = after || units->all[i] == unit;
    }
    return NULL;
}

/* The name is kept: for an alias systemd replies with the name of the unit. */
void units_update_unlisted(struct units *units, struct unit *unit, const struct unit_row *row)
{
    update(units, unit, row);
}

/* A unit and its aliases have one object path: all of them are set. */
void units_set_state(struct units *units, const char *path, const char *active)
{
    for (size_t i = 0; i < units->count; i++) {
        struct unit *unit = units->all[i];

        if (unit->path != NULL && strcmp(unit->path, path) == 0)
            set_status(units, unit, parse(active));
    }
}

void units_mark_unknown(struct units *units)
{
    for (size_t i = 0; i < units->count; i++)
        set_status(units, units->all[i], UNIT_UNKNOWN);
}
