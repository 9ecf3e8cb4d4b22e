/* SPDX-License-Identifier: MIT */
/*
 * message - what an agent says to the server, checked and encoded.
 *
 * Pure. The limits are the server's (procjon.proto, procjon(8)): it would refuse what is refused here.
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
/* A ServiceStatus: a longest name, a code, and their tags and lengths. */
#define MESSAGE_STATUS_MAX (MESSAGE_TEXT_MAX + 16)

int message_check_name(const char *name, struct err *err);
int message_check(const struct procjon_service_options *options, struct err *err);

/* The Service of checked options; heap, for free(3). */
uint8_t *message_registration(const struct procjon_service_options *options, size_t *size);

/* The ServiceStatus; returns its size. */
size_t message_status(const char *name, int code, uint8_t out[MESSAGE_STATUS_MAX]);

#endif
