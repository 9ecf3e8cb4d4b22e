/* SPDX-License-Identifier: MIT */
/*
 * certs - certificates for one test program, in a directory of their own under $TMPDIR or /tmp.
 *
 * The authority "main" signed "server", "db1" and "old", which is out of date; "other" signed another "db1".
 * Blocks. A failure is the failure of the running test.
 */
#ifndef PROCJON_TEST_CERTS_H
#define PROCJON_TEST_CERTS_H

#include "net/tls_context.h"

#define CERTS_PATH_MAX 128

/* The three files of an identity, as tls_context_load takes them. */
struct certs_files {
    char root_cert[CERTS_PATH_MAX];
    char cert[CERTS_PATH_MAX];
    char key[CERTS_PATH_MAX];
    struct tls_files tls;
};

/* For a whole group of cmocka. */
int certs_make(void **state);
int certs_remove(void **state);

/* `name` ("server", "db1") as `authority` signed it; trusts the authority `trusted`. */
struct tls_files *certs_files(struct certs_files *files, const char *trusted, const char *authority,
                              const char *name);

#endif
