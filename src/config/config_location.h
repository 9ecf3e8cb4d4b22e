/* SPDX-License-Identifier: MIT */
/*
 * config_location - line and column of an error in the configuration file.
 *
 * libcyaml does not keep the positions of what it loads, so the file is parsed again after an error.
 * Stateless; blocks.
 */
#ifndef PROCJON_CONFIG_CONFIG_LOCATION_H
#define PROCJON_CONFIG_CONFIG_LOCATION_H

#include "base/err.h"
#include "notify/sink_list.h"

/* Puts "FILE:LINE:COLUMN: " before the text of `err`, or "FILE: " if the position is unknown; returns its
 * code. */
int config_location_add(const char *path, const struct config_problem *place, struct err *err);

#endif
