/* SPDX-License-Identifier: MIT */
/*
 * health - whether the server itself works, and if not, why.
 *
 * Pure: reads the engine and the server. The loop is not checked: it works if there is a response at all.
 */
#ifndef PROCJON_API_WEB_HEALTH_H
#define PROCJON_API_WEB_HEALTH_H

#include <stddef.h>

#include "api/web/web_context.h"

/* The store, the drain, and every sink. */
#define HEALTH_REPORT_MAX (ENGINE_SINKS_MAX + 2)
/* Bytes of a sentence with the name of a sink. */
#define HEALTH_REPORT_REASON_MAX (ENGINE_SINK_NAME_MAX + 96)

struct health_report {
    char reasons[HEALTH_REPORT_MAX][HEALTH_REPORT_REASON_MAX]; /* sentences */
    size_t count;                                              /* 0: healthy */
};

/* Fills `report` with the state of this moment. */
void health_report_take(struct health_report *report, const struct web_context *context);

#endif
