/* SPDX-License-Identifier: MIT */
/*
 * metrics - everything that is counted, for Prometheus (text format 0.0.4).
 *
 * Pure: reads, and appends to `out`. One pass over all services. Counters begin with the process.
 */
#ifndef PROCJON_API_WEB_METRICS_H
#define PROCJON_API_WEB_METRICS_H

#include <stdint.h>

#include "base/buf.h"
#include "api/web/web_context.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_write(struct buf *out, const struct web_context *context, uint64_t uptime_ms);

#endif
