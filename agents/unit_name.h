/* SPDX-License-Identifier: MIT */
/*
 * unit_name - names of systemd units, and globs for them, as people type them. Pure.
 *
 * systemd.unit(5) says what a name is: at most 255 bytes of letters, digits and ":-_.\@", a dot and the type.
 */
#ifndef PROCJON_AGENTS_UNIT_NAME_H
#define PROCJON_AGENTS_UNIT_NAME_H

#include <stdbool.h>

#include "base/err.h"

/* Longest name, with its NUL. */
#define UNIT_NAME_MAX 256

/*
 * Writes what was meant: a glob as it is, and a name with ".service" when it has no type, as systemctl(1)
 * does. -EINVAL: no unit can be called that, and a glob would never match one.
 */
int unit_name_read(const char *text, char name[UNIT_NAME_MAX], bool *glob, struct err *err);

/* As systemd matches: the whole name, a backslash is a letter like any other. */
bool unit_name_matches(const char *name, const char *glob);

#endif
