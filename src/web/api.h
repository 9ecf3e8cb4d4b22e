/* SPDX-License-Identifier: MIT */
/*
 * api - services as JSON, for programs. Read-only.
 *
 *      /api/services       {"services": [SERVICE, ...]}, in the order of the identifiers
 *      /api/services/ID    SERVICE, or 404 {"error": TEXT, "value": ID}
 *
 *      SERVICE = {"id": TEXT, "presence": "unknown" | "available" | "unavailable", "since": TIME,
 *                 "status": {"code": NUMBER, "text": TEXT | null, "since": TIME} | null,
 *                 "last_seen": TIME | null, "timeout": SECONDS}
 *
 * TIME is ISO 8601 in UTC. Fills answers; the registry must outlive them.
 */
#ifndef PROCJON_WEB_API_H
#define PROCJON_WEB_API_H

#include "monitor/registry.h"
#include "web/answer.h"

/*
 * In pieces of WEB_API_ROWS. Each is the truth when it is made; a service that comes meanwhile may be in it,
 * none is in it twice.
 */
void api_services(struct answer *answer, const struct registry *registry);

void api_service(struct answer *answer, const struct registry *registry, const char *id);

/* A path that is none of the above. */
void api_unknown(struct answer *answer, const char *path);

#endif
