/* SPDX-License-Identifier: MIT */
/*
 * check - whether a server with this configuration would start: --check-config.
 *
 * Opens neither the store nor a listener, and sends nothing. Blocks: it reads files and resolves names.
 */
#ifndef PROCJON_CHECK_H
#define PROCJON_CHECK_H

#include "base/err.h"
#include "config.h"

/* `config` was read without an error. */
int check_config(const struct config *config, struct err *err);

#endif
