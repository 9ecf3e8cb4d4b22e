/* SPDX-License-Identifier: MIT */
#include "api/web/web.h"

#include <string.h>

#include "api/web/json.h"
#include "api/web/limits.h"
#include "api/web/metrics.h"
#include "api/web/page.h"
#include "base/buf.h"
#include "api/web/health.h"

#define SERVICES "/api/services"

static void show_health(const struct web *web, struct http_response *answer)
{
    struct health_report vitals;

    health_report_take(&vitals, &web->context);
    if (vitals.count == 0) {
        http_response_text(answer, HTTP_RESPONSE_OK, "ok");
        return;
    }
    http_response_text(answer, HTTP_RESPONSE_NOT_HEALTHY, vitals.reasons[0]);
    for (size_t i = 1; i < vitals.count; i++)
        buf_printf(&answer->body, "%s\n", vitals.reasons[i]);
}

static void show_metrics(const struct web *web, struct http_response *answer)
{
    *answer = (struct http_response){.status = HTTP_RESPONSE_OK, .type = METRICS_TYPE};
    metrics_write(&answer->body, &web->context, uv_now(web->loop) - web->since_ms);
}

static void show_page(const struct web *web, const struct http_server_request *request,
                      struct http_response *answer)
{
    page_write(answer, &web->context,
               &(struct page_request){
                   .search = http_server_argument(request, "q"),
                   .after = http_server_argument(request, "after"),
               });
}

static void on_asked(struct http_server *http_server, const struct http_server_request *request,
                     struct http_response *answer)
{
    const struct web *web = container_of(http_server, struct web, http_server);
    const struct engine *engine = web->context.engine;
    const char *path = request->path;

    if (strcmp(path, "/") == 0)
        show_page(web, request, answer);
    else if (strcmp(path, SERVICES) == 0)
        json_services(answer, engine);
    else if (strncmp(path, SERVICES "/", strlen(SERVICES "/")) == 0)
        json_service(answer, engine, path + strlen(SERVICES "/"));
    else if (strcmp(path, "/metrics") == 0)
        show_metrics(web, answer);
    else if (strcmp(path, "/healthz") == 0)
        show_health(web, answer);
    else
        json_unknown(answer, path);
}

static void on_closed(struct http_server *http_server)
{
    struct web *web = container_of(http_server, struct web, http_server);

    web->closed(web);
}

static const struct http_server_limits limits = {
    .connections = WEB_CONNECTIONS_MAX,
    .idle_s = WEB_IDLE_S,
    .exchange_ms = WEB_EXCHANGE_MS,
    .sweep_ms = WEB_SWEEP_MS,
    .turn_ms = WEB_TURN_MS,
};

static const struct http_server_ops http_server_ops = {.asked = on_asked, .closed = on_closed};

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
