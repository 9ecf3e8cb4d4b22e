/* SPDX-License-Identifier: MIT */
/*
 * metrics - the metrics of the server for Prometheus (text format 0.0.4).
 *
 * Pure: reads the context and appends to `out`, in one pass over all services. Counters begin at the start of
 * the process.
 */
#ifndef PROCJON_API_WEB_METRICS_H
#define PROCJON_API_WEB_METRICS_H

#include <stdint.h>

#include "api/web/web_context.h"
#include "base/buf.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* `uptime_ms`: since the start, in milliseconds. */
void metrics_write(struct buf *out, const struct web_context *context, uint64_t uptime_ms);

#endif
