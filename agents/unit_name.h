/* SPDX-License-Identifier: MIT */
/*
 * unit_name - names of systemd units, and globs for them, as given on the command line. Pure.
 *
 * A name (systemd.unit(5)) has at most 255 bytes: letters, digits and ":-_.\@", then a dot and the type.
 */
#ifndef PROCJON_AGENTS_UNIT_NAME_H
#define PROCJON_AGENTS_UNIT_NAME_H

#include <stdbool.h>

#include "base/err.h"

/* Longest name, with its NUL. */
#define UNIT_NAME_MAX 256

/*
 * Writes a glob unchanged and a name with its type, which is ".service" unless given, as systemctl(1) does.
 * -EINVAL: no unit can have this name, or match this glob.
 */
int unit_name_read(const char *text, char name[UNIT_NAME_MAX], bool *glob, struct err *err);

/* As systemd matches: the whole name, and a backslash is an ordinary letter. */
bool unit_name_matches(const char *name, const char *glob);

#endif
