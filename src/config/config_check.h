/* SPDX-License-Identifier: MIT */
/*
 * config_check - whether a server can start with this configuration, for --check-config.
 *
 * Opens neither the store nor a listener, and sends nothing. Blocks: it reads files and looks names up.
 */
#ifndef PROCJON_CONFIG_CHECK_H
#define PROCJON_CONFIG_CHECK_H

#include "base/err.h"
#include "config/config.h"

/* Of a config that config_read has accepted. */
int config_check(const struct config *config, struct err *err);

#endif
