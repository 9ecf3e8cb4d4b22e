/* SPDX-License-Identifier: MIT */
/*
 * elastic_health - what the answer to GET /_cluster/health says, of Elasticsearch since 7 and of OpenSearch.
 * Pure.
 *
 * Only a word of the cluster itself, of now, counts as its health; everything else is unknown, with the
 * reason.
 */
#ifndef PROCJON_AGENTS_ELASTIC_HEALTH_H
#define PROCJON_AGENTS_ELASTIC_HEALTH_H

#include <stddef.h>

/* Fits an HTTP status and the type of an error, which are short words. */
#define ELASTIC_REASON_MAX 128

/* The codes are the contract with the server, and never change their meaning. */
enum elastic_health { ELASTIC_GREEN, ELASTIC_YELLOW, ELASTIC_RED, ELASTIC_UNKNOWN };

/* `reason` is empty unless the result is ELASTIC_UNKNOWN, and the same for the same trouble. */
enum elastic_health elastic_health_read(int http_status, const char *body, size_t size,
                                        char reason[ELASTIC_REASON_MAX]);

const char *elastic_health_name(enum elastic_health health);

#endif
