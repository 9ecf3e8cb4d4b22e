/* SPDX-License-Identifier: MIT */
/*
 * credentials - the TLS identity of a client, read again when its files were renewed.
 *
 * Embedded in its owner; copies the paths and holds one reference to the context. Loop thread only.
 * Certificates that live for days are renewed on disk by somebody else: whoever makes a connection asks for
 * the context anew, and gets the new files from then on. Blocks for three stat(2), and to read what has
 * changed.
 */
#ifndef PROCJON_NET_CREDENTIALS_H
#define PROCJON_NET_CREDENTIALS_H

#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "net/tls_context.h"

enum { CREDENTIALS_ROOT_CERT, CREDENTIALS_CERT, CREDENTIALS_KEY, CREDENTIALS_FILES };

/* What a file was when it was read. */
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

/* `files` NULL: plaintext. On failure there is nothing to give back. */
int credentials_init(struct credentials *credentials, const struct tls_files *files, struct err *err);
void credentials_fini(struct credentials *credentials);

/*
 * The context for the next connection, NULL for plaintext; valid until the next call. Files that changed and
 * cannot be used, perhaps because only one of them is there yet, are warned about, and the last context
 * stays.
 */
struct tls_context *credentials_context(struct credentials *credentials);

#endif
