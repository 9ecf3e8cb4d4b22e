/* SPDX-License-Identifier: MIT */
/*
 * mail - a sink that is told things by e-mail: SMTP submission (RFC 5321, RFC 6409), by libcurl.
 *
 * Freed by its ops->close, in the end. One message per digest, plain text in UTF-8 (RFC 5322, RFC 2045). Its
 * Message-ID is the same on every retry, so that a mailbox may know a repetition. TLS is verified.
 */
#ifndef PROCJON_NOTIFY_SINKS_MAIL_H
#define PROCJON_NOTIFY_SINKS_MAIL_H

#include "notify/sink.h"

/* Fails with -EINVAL on what is no smtp(s) URL. */
int mail_open(struct sink **sink, uv_loop_t *loop, const struct sink_config *address, uint64_t deadline_ms,
              const struct sink_events *events, void *arg, struct err *err);

/* Whether mail_open would take the URL, and the addresses are fit for an envelope and a header. Pure. */
int mail_check(const struct sink_config *address, struct err *err);

#endif
