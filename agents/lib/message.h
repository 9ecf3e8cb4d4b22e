/* SPDX-License-Identifier: MIT */
/*
 * message - the agent's messages to the server (procjon.proto), checked and encoded.
 *
 * Pure, any thread. The limits are the server's (procjon(8), "WIRE"): it rejects what is rejected here.
 */
#ifndef PROCJON_LIB_MESSAGE_H
#define PROCJON_LIB_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "procjon/agent.h"

/* Bytes of a name or a text; number of statuses; seconds: a year. */
#define MESSAGE_TEXT_MAX 256
#define MESSAGE_STATUSES_MAX 256
#define MESSAGE_TIMEOUT_MAX 31536000
/* A ServiceStatus: the longest name, a code, and their tags and lengths. */
#define MESSAGE_STATUS_MAX (MESSAGE_TEXT_MAX + 16)

/* -EINVAL. */
int message_check_name(const char *name, struct err *err);
int message_check(const struct procjon_service_options *options, struct err *err);

/* A Service of options that message_check has passed; for free(3). */
uint8_t *message_registration(const struct procjon_service_options *options, size_t *size);

/* A ServiceStatus; returns its size. */
size_t message_status(const char *name, int code, uint8_t out[MESSAGE_STATUS_MAX]);

#endif
