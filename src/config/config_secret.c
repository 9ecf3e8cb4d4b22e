/* SPDX-License-Identifier: MIT */
#include "config/config_secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

/* Reads what fits of the file, and appends a NUL. Not from a pipe: a running server would block until it has
 * a writer. */
static int load(const char *path, const char *what, char *text, size_t room, struct err *err)
{
    struct stat kind;
    FILE *file;
    size_t size;
    int failed;

    if (stat(path, &kind) == 0 && S_ISFIFO(kind.st_mode))
        return err_set(err, -EINVAL, "%s file '%s' is a pipe", what, path);
    file = fopen(path, "re");
    if (file == NULL)
        return err_errno(err, -errno, "cannot read %s file '%s'", what, path);
    size = fread(text, 1, room - 1, file);
    failed = ferror(file);
    (void)fclose(file);
    text[size] = '\0';
    return failed == 0 ? 0 : err_set(err, -EIO, "cannot read %s file '%s'", what, path);
}

int config_secret_read(const char *path, const char *what, char **secret, struct err *err)
{
    char text[CONFIG_SECRET_MAX];

    if (load(path, what, text, sizeof text, err) != 0)
        return err->code;
    text[strcspn(text, " \t\r\n")] = '\0';
    if (*text == '\0')
        return err_set(err, -EINVAL, "%s file '%s' is empty", what, path);
    *secret = mem_strdup(text);
    return 0;
}

int config_secret_read_ca(const char *path, char **pem, struct err *err)
{
    char *text = mem_alloc(CONFIG_CA_MAX);
    int code = load(path, "CA", text, CONFIG_CA_MAX, err);

    if (code == 0 && strlen(text) == CONFIG_CA_MAX - 1)
        code = err_set(err, -EINVAL, "CA file '%s' is longer than %zu bytes", path, CONFIG_CA_MAX - 2);
    if (code == 0 && strstr(text, "-----BEGIN CERTIFICATE-----") == NULL)
        code = err_set(err, -EINVAL, "CA file '%s' holds no certificate in PEM", path);
    if (code == 0)
        *pem = mem_strdup(text);
    free(text);
    return code;
}
