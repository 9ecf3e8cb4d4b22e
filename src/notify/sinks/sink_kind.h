/* SPDX-License-Identifier: MIT */
/*
 * sink_kind - the kinds of sinks that a configuration may name: opens the one that it names.
 *
 * Stateless. Loop thread only.
 */
#ifndef PROCJON_NOTIFY_SINKS_SINK_KIND_H
#define PROCJON_NOTIFY_SINKS_SINK_KIND_H

#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "notify/sink.h"
#include "notify/sink_config.h"

/* -EINVAL and a sentence without secrets if sink_kind_open would refuse the configuration. Pure. */
int sink_kind_check(const struct sink_config *config, struct err *err);

/*
 * Opens a sink of the kind that `config` names, and copies what it keeps of `config`. `events` must outlive
 * the sink. A message without an answer after `deadline_ms` is SINK_UNREACHABLE.
 */
int sink_kind_open(struct sink **sink, uv_loop_t *loop, const struct sink_config *config,
                   uint64_t deadline_ms, const struct sink_events *events, void *arg, struct err *err);

#endif
