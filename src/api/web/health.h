/* SPDX-License-Identifier: MIT */
/*
 * health - whether the server itself can do what it is there for, and if not, why.
 *
 * Pure. That the loop turns needs no test of its own: whoever reads the answer has seen it.
 */
#ifndef PROCJON_API_WEB_HEALTH_H
#define PROCJON_API_WEB_HEALTH_H

#include <stddef.h>

#include "api/web/web_context.h"

/* The store, the drain, and every sink that there may be. */
#define HEALTH_REPORT_MAX (ENGINE_SINKS_MAX + 2)
/* A sentence with the name of a sink in it. */
#define HEALTH_REPORT_REASON_MAX (ENGINE_SINK_NAME_MAX + 96)

struct health_report {
    char reasons[HEALTH_REPORT_MAX][HEALTH_REPORT_REASON_MAX]; /* sentences */
    size_t count;                                              /* 0: healthy */
};

void health_report_take(struct health_report *report, const struct web_context *context);

#endif
