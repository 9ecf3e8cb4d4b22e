/* SPDX-License-Identifier: MIT */
/*
 * config_check - whether a server with this configuration would start: --check-config.
 *
 * Opens neither the store nor a listener, and sends nothing. Blocks: it reads files and resolves names.
 */
#ifndef PROCJON_CONFIG_CHECK_H
#define PROCJON_CONFIG_CHECK_H

#include "base/err.h"
#include "config/config.h"

/* `config` was read without an error. */
int config_check(const struct config *config, struct err *err);

#endif
