/* SPDX-License-Identifier: MIT */
#include "api/web/web.h"

#include <string.h>

#include "api/web/health.h"
#include "api/web/services_json.h"
#include "api/web/limits.h"
#include "api/web/metrics.h"
#include "api/web/page.h"
#include "base/buf.h"

#define SERVICES "/api/services"

static void show_health(const struct web *web, struct http_response *response)
{
    struct health_report report;

    health_report_take(&report, &web->context);
    if (report.count == 0) {
        http_response_text(response, HTTP_RESPONSE_OK, "ok");
        return;
    }
    http_response_text(response, HTTP_RESPONSE_NOT_HEALTHY, report.reasons[0]);
    for (size_t i = 1; i < report.count; i++)
        buf_printf(&response->body, "%s\n", report.reasons[i]);
}

static void show_metrics(const struct web *web, struct http_response *response)
{
    *response = (struct http_response){.status = HTTP_RESPONSE_OK, .type = METRICS_TYPE};
    metrics_write(&response->body, &web->context, uv_now(web->loop) - web->since_ms);
}

static void show_page(const struct web *web, const struct http_server_request *request,
                      struct http_response *response)
{
    page_write(response, &web->context,
               &(struct page_request){
                   .search = http_server_argument(request, "q"),
                   .after = http_server_argument(request, "after"),
               });
}

static void on_request(struct http_server *http_server, const struct http_server_request *request,
                       struct http_response *response)
{
    const struct web *web = container_of(http_server, struct web, http_server);
    const struct engine *engine = web->context.engine;
    const char *path = request->path;

    if (strcmp(path, "/") == 0)
        show_page(web, request, response);
    else if (strcmp(path, SERVICES) == 0)
        services_json_list(response, engine);
    else if (strncmp(path, SERVICES "/", strlen(SERVICES "/")) == 0)
        services_json_find(response, engine, path + strlen(SERVICES "/"));
    else if (strcmp(path, "/metrics") == 0)
        show_metrics(web, response);
    else if (strcmp(path, "/healthz") == 0)
        show_health(web, response);
    else
        services_json_unknown(response, path);
}

static void on_closed(struct http_server *http_server)
{
    struct web *web = container_of(http_server, struct web, http_server);

    web->closed(web);
}

static const struct http_server_limits limits = {
    .connections = WEB_CONNECTIONS_MAX,
    .idle_s = WEB_IDLE_S,
    .request_ms = WEB_REQUEST_MS,
    .sweep_ms = WEB_SWEEP_MS,
    .budget_ms = WEB_BUDGET_MS,
};

static const struct http_server_ops http_server_ops = {.request = on_request, .closed = on_closed};

int web_open(struct web *web, uv_loop_t *loop, const char *endpoint, bool insecure,
             const struct web_context *context, struct err *err)
{
    *web = (struct web){.context = *context, .loop = loop, .since_ms = uv_now(loop)};
    return http_server_open(&web->http_server, loop, endpoint, insecure, &limits, &http_server_ops, err);
}

void web_close(struct web *web, void (*closed)(struct web *web))
{
    web->closed = closed;
    http_server_close(&web->http_server);
}
