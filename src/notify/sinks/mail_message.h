/* SPDX-License-Identifier: MIT */
/*
 * mail_message - a digest as an e-mail: RFC 5322, in UTF-8 by RFC 2045 and RFC 2047.
 *
 * Pure: a function of its arguments, so that a retry is the same message byte for byte.
 */
#ifndef PROCJON_NOTIFY_SINKS_MAIL_MESSAGE_H
#define PROCJON_NOTIFY_SINKS_MAIL_MESSAGE_H

#include "base/buf.h"
#include "notify/digest.h"
#include "notify/sink_config.h"

/* Appends the header and the body, with CRLF line ends. */
void mail_message_write(const struct sink_config *config, const struct digest *digest, int64_t now_ms,
                        struct buf *out);

#endif
