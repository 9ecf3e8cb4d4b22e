/* SPDX-License-Identifier: MIT */
/*
 * mail_message - a digest written as an e-mail: RFC 5322, in UTF-8 by RFC 2045 and RFC 2047.
 *
 * Pure: a function of its arguments, so that a retry is the same message.
 */
#ifndef PROCJON_NOTIFY_SINKS_MAIL_MESSAGE_H
#define PROCJON_NOTIFY_SINKS_MAIL_MESSAGE_H

#include "base/buf.h"
#include "notify/sink_config.h"
#include "notify/digest.h"

/* Header and body, lines with CRLF, appended to `out`. */
void mail_message_write(const struct sink_config *address, const struct digest *digest, int64_t now_ms,
                        struct buf *out);

#endif
