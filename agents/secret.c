/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* Reads to the end of the file: a pipe, such as a shell's <(COMMAND), may return it in parts. */
static ssize_t load(const char *file, char *text)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t size = 0;
    ssize_t part = fd < 0 ? -1 : 1;
    int code;

    while (part > 0 && size < SECRET_MAX) {
        part = read(fd, text + size, SECRET_MAX - (size_t)size);
        size += part > 0 ? part : 0;
    }
    code = -errno;
    if (fd >= 0)
        (void)close(fd);
    return part < 0 ? code : size;
}

/* A CR LF in the secret would end the HTTP header that carries it, and begin another one. */
static int check(const char *text, const char *place, struct err *err)
{
    size_t length = strlen(text);

    if (length == 0 || length >= SECRET_MAX)
        return err_set(err, -EINVAL, "%s: the secret is %s", place, length == 0 ? "empty" : "too long");
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return err_set(err, -EINVAL, "%s: a secret is one line without control characters", place);
    }
    return 0;
}

/* NULL: it cannot be read. */
static char *read_file(const char *file, struct err *err)
{
    char text[SECRET_MAX + 1];
    ssize_t size = load(file, text);
    char *secret;

    if (size < 0) {
        (void)err_errno(err, (int)size, "cannot read the secret in %s", file);
        return NULL;
    }
    text[size] = '\0';
    secret = mem_strndup(text, strcspn(text, "\r\n"));
    explicit_bzero(text, sizeof text);
    return secret;
}

int secret_read(char **secret, const char *file, const char *variable, struct err *err)
{
    const char *value = getenv(variable);
    char *text;

    *secret = NULL;
    if (file == NULL && value == NULL)
        return 0;
    text = file != NULL ? read_file(file, err) : mem_strdup(value);
    if (text == NULL)
        return err->code;
    if (check(text, file != NULL ? file : variable, err) != 0) {
        secret_free(text);
        return err->code;
    }
    *secret = text;
    return 0;
}

void secret_free(char *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}
