/* SPDX-License-Identifier: MIT */
/*
 * config_secret - reads a secret or certificates from a file: a webhook's URL, a password, a CA.
 *
 * Stateless; blocks.
 */
#ifndef PROCJON_CONFIG_SECRET_H
#define PROCJON_CONFIG_SECRET_H

#include "base/err.h"

/* Bytes with the NUL; a webhook has about 80 characters, a password fewer. */
#define CONFIG_SECRET_MAX 4096

/*
 * Reads the first word of the file, without the newline that editors append. The caller frees *secret. `what`
 * is the kind of secret, for an error.
 */
int config_secret_read(const char *path, const char *what, char **secret, struct err *err);

/* Bytes with the NUL; the CA bundle of Debian has a quarter of it. */
#define CONFIG_CA_MAX ((size_t)1 << 20)

/* Reads the whole file, which must have a certificate in PEM. The caller frees *pem. */
int config_secret_read_ca(const char *path, char **pem, struct err *err);

#endif
