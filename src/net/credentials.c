/* SPDX-License-Identifier: MIT */
#include "net/credentials.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LOG_MODULE "tls"
#include "base/log.h"
#include "base/mem.h"

/* A missing file has a stamp of zeroes, which changes when the file appears. */
static void take_stamps(const struct credentials *credentials,
                        struct credentials_stamp stamps[CREDENTIALS_FILES])
{
    for (int i = 0; i < CREDENTIALS_FILES; i++) {
        struct stat file;

        stamps[i] = (struct credentials_stamp){0};
        if (stat(credentials->paths[i], &file) != 0)
            continue;
        stamps[i] = (struct credentials_stamp){
            .device = file.st_dev,
            .inode = file.st_ino,
            .size = file.st_size,
            .modified = file.st_mtim,
        };
    }
}

static bool same(const struct credentials_stamp *a, const struct credentials_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

/* The stamps were taken before the files are read: a file that changes meanwhile is read again next time. */
static int load(struct credentials *credentials, const struct credentials_stamp stamps[CREDENTIALS_FILES],
                struct err *err)
{
    const struct tls_files files = {
        .root_cert = credentials->paths[CREDENTIALS_ROOT_CERT],
        .cert = credentials->paths[CREDENTIALS_CERT],
        .key = credentials->paths[CREDENTIALS_KEY],
    };
    struct tls_context *context;
    int code = tls_context_load(&context, TLS_CLIENT, &files, err);

    if (code != 0)
        return code;
    tls_context_unref(credentials->context);
    credentials->context = context;
    for (int i = 0; i < CREDENTIALS_FILES; i++)
        credentials->stamps[i] = stamps[i];
    return 0;
}

int credentials_init(struct credentials *credentials, const struct tls_files *files, struct err *err)
{
    struct credentials_stamp stamps[CREDENTIALS_FILES];
    int code;

    *credentials = (struct credentials){0};
    if (files == NULL)
        return 0;
    credentials->paths[CREDENTIALS_ROOT_CERT] = mem_strdup(files->root_cert);
    credentials->paths[CREDENTIALS_CERT] = mem_strdup(files->cert);
    credentials->paths[CREDENTIALS_KEY] = mem_strdup(files->key);
    take_stamps(credentials, stamps);
    code = load(credentials, stamps, err);
    if (code != 0)
        credentials_fini(credentials);
    return code;
}

void credentials_fini(struct credentials *credentials)
{
    for (int i = 0; i < CREDENTIALS_FILES; i++)
        free(credentials->paths[i]);
    tls_context_unref(credentials->context);
    *credentials = (struct credentials){0};
}

struct tls_context *credentials_context(struct credentials *credentials)
{
    struct credentials_stamp stamps[CREDENTIALS_FILES];
    bool changed = false;
    struct err err;

    if (credentials->context == NULL)
        return NULL;
    take_stamps(credentials, stamps);
    for (int i = 0; i < CREDENTIALS_FILES; i++)
        changed = changed || !same(&stamps[i], &credentials->stamps[i]);
    if (!changed)
        return credentials->context;
    if (load(credentials, stamps, &err) == 0)
        log_info("certificate files read again cert=%s", credentials->paths[CREDENTIALS_CERT]);
    else
        log_warning("changed certificate files not used, the last ones stay in use reason=%s", err.msg);
    return credentials->context;
}
