/* SPDX-License-Identifier: MIT */
/*
 * secret - a password or an API key from a file or the environment. Not from the command line: every user of
 * the host can read that.
 */
#ifndef PROCJON_AGENTS_SECRET_H
#define PROCJON_AGENTS_SECRET_H

#include "base/err.h"

/* Bytes with the NUL. Longer than any password; an API key has about 60 letters. */
#define SECRET_MAX 4096

/*
 * Reads the first line of the file; if `file` is NULL, the environment variable; if that is not set either,
 * *secret is NULL. For secret_free. Blocks. An error names the file or variable and shows nothing of the
 * secret.
 */
int secret_read(char **secret, const char *file, const char *variable, struct err *err);

/* Overwrites it first. NULL is ignored. */
void secret_free(char *secret);

#endif
