/* SPDX-License-Identifier: MIT */
/*
 * payload - JSON bodies of webhooks.
 *
 * Pure. All strings are made valid UTF-8 first, so that jansson can only fail for lack of memory: then the
 * process aborts, as in base/mem.h.
 */
#ifndef PROCJON_NOTIFY_SINKS_PAYLOAD_H
#define PROCJON_NOTIFY_SINKS_PAYLOAD_H

#include <jansson.h>

/* Weight (see text_fit.h) of a name or a text, of which an agent can register 256 bytes. */
#define PAYLOAD_STRING_MAX 1024

/* `json`, or abort if jansson has returned NULL for valid values. */
json_t *payload_check(json_t *json);

/* A string from outside, made valid UTF-8 and cut to PAYLOAD_STRING_MAX. */
json_t *payload_string(const char *text);

/* The encoded text, for free(3); takes the ownership of `json`. */
char *payload_encode(json_t *json);

#endif
