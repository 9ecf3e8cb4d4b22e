/* SPDX-License-Identifier: MIT */
/*
 * certs - certificates for one test program, in a directory of their own under $TMPDIR or /tmp.
 *
 * certs_open makes the directory, certs_run calls scripts/certs with words that start below it, certs_close
 * removes everything. Blocks. A failure is the failure of the running test.
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

void certs_open(void);
void certs_close(void);

/* scripts/certs OPTIONS DIR/`authority` `rest`: certs_run("", "main", "agent db1"). */
void certs_run(const char *options, const char *authority, const char *rest);

/* `name` ("server", "db1") as `authority` signed it; trusts the authority `trusted`. */
struct tls_files *certs_files(struct certs_files *files, const char *trusted, const char *authority,
                              const char *name);

#endif
