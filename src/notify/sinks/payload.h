/* SPDX-License-Identifier: MIT */
/*
 * payload - JSON as every webhook is sent it.
 *
 * What is made here is valid UTF-8, so that libjansson fails only without memory: then the process aborts, as
 * in base/mem.h. Pure.
 */
#ifndef PROCJON_NOTIFY_SINKS_PAYLOAD_H
#define PROCJON_NOTIFY_SINKS_PAYLOAD_H

#include <jansson.h>

/* Longest name or text: what the wire allows, and room for the marks of bad bytes. */
#define PAYLOAD_STRING_MAX 1024

/* What libjansson made of values that are in order; never NULL. */
json_t *payload_sure(json_t *json);

/* Words from outside. */
json_t *payload_string(const char *text);

/* The whole as a string that the caller frees; `json` is freed. */
char *payload_take(json_t *json);

#endif
