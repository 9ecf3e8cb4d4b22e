/* SPDX-License-Identifier: MIT */
/*
 * log_sink - the sink of a server without a webhook: one info line per notice, `notice service=… text=…`.
 *
 * Never fails, never merges; what had been merged for another sink before is one line per service.
 */
#ifndef PROCJON_NOTIFY_SINKS_LOG_SINK_H
#define PROCJON_NOTIFY_SINKS_LOG_SINK_H

#include "notify/sink.h"

/* Freed by its ops->close, which calls `closed` at once. */
struct sink *log_sink_open(const struct sink_events *events, void *arg);

#endif
