/* SPDX-License-Identifier: MIT */
/*
 * elastic_health - the health in a reply to GET /_cluster/health, of Elasticsearch since 7 and of OpenSearch.
 *
 * Pure. Only a current status from the cluster itself counts as its health; any other reply is unknown, with
 * the reason.
 */
#ifndef PROCJON_AGENTS_ELASTIC_HEALTH_H
#define PROCJON_AGENTS_ELASTIC_HEALTH_H

#include <stddef.h>

/* An HTTP status and the type of an error fit. */
#define ELASTIC_REASON_MAX 128

/* Status codes that are registered with the server: never renumber. */
enum elastic_health { ELASTIC_GREEN, ELASTIC_YELLOW, ELASTIC_RED, ELASTIC_UNKNOWN };

/* `reason` is empty unless the result is ELASTIC_UNKNOWN, and the same text for the same cause. */
enum elastic_health elastic_health_read(int http_status, const char *body, size_t size,
                                        char reason[ELASTIC_REASON_MAX]);

const char *elastic_health_name(enum elastic_health health);

#endif
