/* SPDX-License-Identifier: MIT */
/*
 * mail - the sink that sends e-mail: SMTP submission (RFC 5321, RFC 6409) by libcurl.
 *
 * Freed after ops->close, right before `closed`. Loop thread only. One message per digest, plain text in
 * UTF-8 (RFC 5322, RFC 2045). Its Message-ID is the same on every retry, so that a mailbox can drop
 * duplicates. The certificate of the server is verified.
 */
#ifndef PROCJON_NOTIFY_SINKS_MAIL_H
#define PROCJON_NOTIFY_SINKS_MAIL_H

#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "notify/sink.h"
#include "notify/sink_config.h"

/* See sink_kind_open. -EINVAL: the URL is not an smtp or smtps URL. */
int mail_open(struct sink **sink, uv_loop_t *loop, const struct sink_config *config, uint64_t deadline_ms,
              const struct sink_events *events, void *arg, struct err *err);

/* Whether the URL is valid, and the addresses can be used in an envelope and a header; else -EINVAL. Pure. */
int mail_check(const struct sink_config *config, struct err *err);

#endif
