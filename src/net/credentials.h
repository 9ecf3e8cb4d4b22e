/* SPDX-License-Identifier: MIT */
/*
 * credentials - the TLS identity of a client, loaded again when its files change.
 *
 * Embedded in its owner; copies the paths and owns one reference to the context. Loop thread only.
 * Short-lived certificates are renewed on disk by other programs: a client calls credentials_context for each
 * connection, and new files are used from the next connection on.
 */
#ifndef PROCJON_NET_CREDENTIALS_H
#define PROCJON_NET_CREDENTIALS_H

#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "net/tls_context.h"

enum { CREDENTIALS_ROOT_CERT, CREDENTIALS_CERT, CREDENTIALS_KEY, CREDENTIALS_FILES };

/* The identity of a file when it was read; all zero: it did not exist. */
struct credentials_stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

struct credentials {
    char *paths[CREDENTIALS_FILES];
    struct credentials_stamp stamps[CREDENTIALS_FILES];
    struct tls_context *context; /* NULL: plaintext */
};

/* `files` NULL: plaintext. Blocks. Fails as tls_context_load; then there is nothing to free. */
int credentials_init(struct credentials *credentials, const struct tls_files *files, struct err *err);
void credentials_fini(struct credentials *credentials);

/*
 * The context for the next connection, NULL for plaintext; valid until the next call. Blocks for three
 * stat(2), and to read files that have changed. Changed files that cannot be used, for example because only
 * the certificate is renewed yet, are logged, and the last context is used.
 */
struct tls_context *credentials_context(struct credentials *credentials);

#endif
