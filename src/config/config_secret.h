/* SPDX-License-Identifier: MIT */
/*
 * config_secret - a secret that is kept in a file of its own: a webhook's URL, a password.
 *
 * Stateless; blocks.
 */
#ifndef PROCJON_CONFIG_SECRET_H
#define PROCJON_CONFIG_SECRET_H

#include "base/err.h"

/* A webhook is some 80 characters, a password fewer. */
#define CONFIG_SECRET_MAX 4096

/*
 * The first word of the file's first line: files of secrets end in a newline more often than not. The caller
 * frees *secret. `err` names the file, and what it holds.
 */
int config_secret_read(const char *path, const char *what, char **secret, struct err *err);

#endif
