/* SPDX-License-Identifier: MIT */
/*
 * web - what the server shows over HTTP, for people and for the programs that watch it. Read-only.
 *
 *      GET /                   status page
 *      GET /api/services[/ID]  services as JSON
 *      GET /metrics            counters for Prometheus
 *      GET /healthz            200 "ok", or 503 and the reasons
 *
 * Embedded in the daemon; after web_close the memory must stay until `closed` was called. Loop thread only.
 * The context are the daemon's and must be open for as long as it is.
 */
#ifndef PROCJON_API_WEB_WEB_H
#define PROCJON_API_WEB_WEB_H

#include "http/server.h"
#include "api/web/web_context.h"

struct web {
    struct http_server http_server;
    struct web_context context;
    uv_loop_t *loop;
    uint64_t since_ms; /* uv_now of web_open: where the uptime counts from */
    void (*closed)(struct web *web);
};

/*
 * Serves at `endpoint` ("HOST:PORT" or "unix:PATH"), beyond loopback only if `insecure`. Blocks while it
 * resolves a name. On failure there is nothing to close, but the loop must run until it is empty before the
 * memory may go.
 */
int web_open(struct web *web, uv_loop_t *loop, const char *endpoint, bool insecure,
             const struct web_context *context, struct err *err);

/* Idempotent. */
void web_close(struct web *web, void (*closed)(struct web *web));

#endif
