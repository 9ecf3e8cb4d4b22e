/* SPDX-License-Identifier: MIT */
#include "certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[CERTS_PATH_MAX / 2];

/* scripts/certs OPTIONS DIR/AUTHORITY REST */
static void run(const char *options, const char *authority, const char *rest)
{
    char command[1024];
    int size = snprintf(command, sizeof command, "'%s' %s '%s/%s' %s", CERTS_SCRIPT, options, directory,
                        authority, rest);

    assert_in_range(size, 1, sizeof command - 1);
    assert_int_equal(system(command), 0);
}

int certs_make(void **state)
{
    const char *parent = getenv("TMPDIR");

    (void)state;
    (void)snprintf(directory, sizeof directory, "%s/certs.XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(directory));
    run("", "main", "server");
    run("", "main", "agent db1");
    run("--days=-1", "main", "agent old");
    run("", "other", "agent db1");
    return 0;
}

int certs_remove(void **state)
{
    char command[2 * CERTS_PATH_MAX];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", directory);
    assert_int_equal(system(command), 0);
    return 0;
}

struct tls_files *certs_files(struct certs_files *files, const char *trusted, const char *authority,
                              const char *name)
{
    (void)snprintf(files->root_cert, CERTS_PATH_MAX, "%s/%s/ca.pem", directory, trusted);
    (void)snprintf(files->cert, CERTS_PATH_MAX, "%s/%s/%s.pem", directory, authority, name);
    (void)snprintf(files->key, CERTS_PATH_MAX, "%s/%s/%s.key", directory, authority, name);
    files->tls = (struct tls_files){.root_cert = files->root_cert, .cert = files->cert, .key = files->key};
    return &files->tls;
}
