/* SPDX-License-Identifier: MIT */
/*
 * services_json - the services as JSON, for programs. Read-only.
 *
 *      /api/services       {"services": [SERVICE, ...]}, in the order of the identifiers
 *      /api/services/ID    SERVICE, or 404 {"error": TEXT, "value": ID}
 *
 *      SERVICE = {"id": TEXT, "availability": "unknown" | "available" | "unavailable", "since": TIME,
 *                 "status": {"code": NUMBER, "text": TEXT | null, "since": TIME} | null,
 *                 "last_seen": TIME | null, "timeout": SECONDS}
 *
 * TIME is ISO 8601 in UTC. The functions fill a response; the engine must outlive it.
 */
#ifndef PROCJON_API_WEB_SERVICES_JSON_H
#define PROCJON_API_WEB_SERVICES_JSON_H

#include "engine/engine.h"
#include "http/response.h"

/*
 * All services, in pieces of WEB_API_ROWS. Each piece has the state at the time when it is produced. A
 * service that is registered meanwhile may be missing; no service is in the list twice.
 */
void services_json_list(struct http_response *response, const struct engine *engine);

/* One service, or 404. */
void services_json_find(struct http_response *response, const struct engine *engine, const char *id);

/* 404 for a path that no resource has. */
void services_json_unknown(struct http_response *response, const char *path);

#endif
