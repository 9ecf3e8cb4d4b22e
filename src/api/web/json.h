/* SPDX-License-Identifier: MIT */
/*
 * json - services as JSON, for programs. Read-only.
 *
 *      /api/services       {"services": [SERVICE, ...]}, in the order of the identifiers
 *      /api/services/ID    SERVICE, or 404 {"error": TEXT, "value": ID}
 *
 *      SERVICE = {"id": TEXT, "availability": "unknown" | "available" | "unavailable", "since": TIME,
 *                 "status": {"code": NUMBER, "text": TEXT | null, "since": TIME} | null,
 *                 "last_seen": TIME | null, "timeout": SECONDS}
 *
 * TIME is ISO 8601 in UTC. Fills answers; the engine must outlive them.
 */
#ifndef PROCJON_API_WEB_JSON_H
#define PROCJON_API_WEB_JSON_H

#include "engine/engine.h"
#include "http/response.h"

/*
 * In pieces of WEB_API_ROWS. Each is the truth when it is made; a service that comes meanwhile may be in it,
 * none is in it twice.
 */
void json_services(struct http_response *answer, const struct engine *engine);

void json_service(struct http_response *answer, const struct engine *engine, const char *id);

/* A path that is none of the above. */
void json_unknown(struct http_response *answer, const char *path);

#endif
