/* SPDX-License-Identifier: MIT */
#include "unit_name.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define LETTERS                                                                                              \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"                                         \
    ":-_.\\@"
#define GLOB "*?["
#define GLOB_LETTERS LETTERS GLOB "]!^"

static const char *const types[] = {".service", ".socket", ".target", ".timer", ".mount", ".automount",
                                    ".swap",    ".path",   ".slice",  ".scope", ".device"};

static bool has_type(const char *text)
{
    const char *dot = strrchr(text, '.');

    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(dot, types[i]) == 0)
            return true;
    }
    return false;
}

int unit_name_read(const char *text, char name[UNIT_NAME_MAX], bool *glob, struct err *err)
{
    bool is_glob = strpbrk(text, GLOB) != NULL;
    const char *letters = is_glob ? GLOB_LETTERS : LETTERS;
    int length = snprintf(name, UNIT_NAME_MAX, "%s%s", text, is_glob || has_type(text) ? "" : ".service");

    *glob = is_glob;
    if (length >= UNIT_NAME_MAX)
        return err_set(err, -EINVAL, "'%.40s...' is longer than the %d bytes of a unit's name", text,
                       UNIT_NAME_MAX - 1);
    if (*text == '\0' || text[strspn(text, letters)] != '\0' || name[0] == '.' || name[0] == '@')
        return err_set(err, -EINVAL, "'%s' is not the name of a unit", text);
    if (!is_glob && strstr(name, "@.") != NULL)
        return err_set(err, -EINVAL, "'%s' is a template: it needs an instance", text);
    return 0;
}

bool unit_name_matches(const char *name, const char *glob)
{
    return fnmatch(glob, name, FNM_NOESCAPE) == 0;
}
