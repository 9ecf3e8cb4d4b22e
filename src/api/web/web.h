/* SPDX-License-Identifier: MIT */
/*
 * web - the HTTP interface of the server: status page, JSON, metrics and health check. Read-only.
 *
 *      GET /                   status page
 *      GET /api/services[/ID]  services as JSON
 *      GET /metrics            counters for Prometheus
 *      GET /healthz            200 "ok", or 503 and the reasons
 *
 * Embedded in the daemon; after web_close the memory must stay until `closed` was called. Loop thread only.
 * What the context points to must outlive it.
 */
#ifndef PROCJON_API_WEB_WEB_H
#define PROCJON_API_WEB_WEB_H

#include "api/web/web_context.h"
#include "http/server.h"

struct web {
    struct http_server http_server;
    struct web_context context;
    uv_loop_t *loop;
    uint64_t since_ms; /* uv_now of web_open: the uptime counts from here */
    void (*closed)(struct web *web);
};

/*
 * Listens on `endpoint` ("HOST:PORT" or "unix:PATH"), beyond loopback only with `insecure`. Blocks while it
 * resolves a name. `context` is copied. On failure there is nothing to close, but the loop must run until it
 * is empty before the memory may go.
 */
int web_open(struct web *web, uv_loop_t *loop, const char *endpoint, bool insecure,
             const struct web_context *context, struct err *err);

/* Closes every connection. `closed` is called later, when the memory may go. Idempotent. */
void web_close(struct web *web, void (*closed)(struct web *web));

#endif
