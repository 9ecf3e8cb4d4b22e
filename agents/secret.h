/* SPDX-License-Identifier: MIT */
/*
 * secret - a password or a key, from a file or from the environment, and never from the command line.
 */
#ifndef PROCJON_AGENTS_SECRET_H
#define PROCJON_AGENTS_SECRET_H

#include "base/err.h"

/* Longer than any password; an API key has some sixty letters. */
#define SECRET_MAX 4096

/*
 * The contents of the file without its last line end; without a file, the value of the environment variable,
 * and NULL in *secret if there is none either. For secret_free. An error names the place, and nothing of what
 * is there.
 */
int secret_read(char **secret, const char *file, const char *variable, struct err *err);

/* NULL is passed over. */
void secret_free(char *secret);

#endif
