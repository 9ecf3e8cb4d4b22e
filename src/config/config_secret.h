/* SPDX-License-Identifier: MIT */
/*
 * config_secret - what is kept in a file of its own: a webhook's URL, a password, certificates.
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

/* All that a system trusts is a quarter of this. */
#define CONFIG_CA_MAX ((size_t)1 << 20)

/* The whole file, with a certificate in it. The caller frees *pem. */
int config_secret_read_ca(const char *path, char **pem, struct err *err);

#endif
