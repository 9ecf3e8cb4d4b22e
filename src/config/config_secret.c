/* SPDX-License-Identifier: MIT */
#include "config/config_secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

int config_secret_read(const char *path, const char *what, char **secret, struct err *err)
{
    char text[CONFIG_SECRET_MAX];
    FILE *file = fopen(path, "re");
    size_t size;
    int failed;

    if (file == NULL)
        return err_errno(err, -errno, "cannot read %s file '%s'", what, path);
    size = fread(text, 1, sizeof text - 1, file);
    failed = ferror(file);
    (void)fclose(file);
    if (failed != 0)
        return err_set(err, -EIO, "cannot read %s file '%s'", what, path);
    text[size] = '\0';
    text[strcspn(text, " \t\r\n")] = '\0';
    if (*text == '\0')
        return err_set(err, -EINVAL, "%s file '%s' is empty", what, path);
    *secret = mem_strdup(text);
    return 0;
}
