/* SPDX-License-Identifier: MIT */
/*
 * config_location - where in the configuration file the part stands that an error is about.
 *
 * What libcyaml has loaded has no places any more: the file is read once more, and only after an error.
 * Stateless; blocks.
 */
#ifndef PROCJON_CONFIG_CONFIG_LOCATION_H
#define PROCJON_CONFIG_CONFIG_LOCATION_H

#include "base/err.h"
#include "notify/sink_list.h"

/* Puts "FILE:LINE:COLUMN: " before what `err` says, or "FILE: " if the place is not found; returns its code.
 */
int config_place_blame(const char *path, const struct config_problem *place, struct err *err);

#endif
