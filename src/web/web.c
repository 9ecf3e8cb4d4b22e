/* SPDX-License-Identifier: MIT */
#include "web/web.h"

#include <string.h>

#include "web/api.h"
#include "web/limits.h"
#include "web/metrics.h"
#include "web/page.h"
#include "web/print.h"
#include "web/vitals.h"

#define SERVICES "/api/services"

static void answer_health(const struct web *web, struct reply *reply)
{
    struct vitals vitals;

    vitals_take(&vitals, &web->sources);
    if (vitals.count == 0) {
        reply_text(reply, REPLY_OK, "ok");
        return;
    }
    reply_text(reply, REPLY_NOT_HEALTHY, vitals.reasons[0]);
    for (size_t i = 1; i < vitals.count; i++)
        print_format(&reply->body, "%s\n", vitals.reasons[i]);
}

static void answer_metrics(const struct web *web, struct reply *reply)
{
    *reply = (struct reply){.status = REPLY_OK, .type = METRICS_TYPE};
    metrics_write(&reply->body, &web->sources, uv_now(web->sources.registry->loop) - web->since_ms);
}

static void answer_page(const struct web *web, const struct httpd_request *request, struct reply *reply)
{
    page_write(reply, &web->sources,
               &(struct page_request){
                   .search = httpd_argument(request, "q"),
                   .after = httpd_argument(request, "after"),
               });
}

static void on_answer(struct httpd *httpd, const struct httpd_request *request, struct reply *reply)
{
    const struct web *web = container_of(httpd, struct web, httpd);
    const struct registry *registry = web->sources.registry;
    const char *path = request->path;

    if (strcmp(path, "/") == 0)
        answer_page(web, request, reply);
    else if (strcmp(path, SERVICES) == 0)
        api_services(reply, registry);
    else if (strncmp(path, SERVICES "/", strlen(SERVICES "/")) == 0)
        api_service(reply, registry, path + strlen(SERVICES "/"));
    else if (strcmp(path, "/metrics") == 0)
        answer_metrics(web, reply);
    else if (strcmp(path, "/healthz") == 0)
        answer_health(web, reply);
    else
        api_unknown(reply, path);
}

static void on_closed(struct httpd *httpd)
{
    struct web *web = container_of(httpd, struct web, httpd);

    web->closed(web);
}

static const struct httpd_limits limits = {
    .connections = WEB_CONNECTIONS_MAX,
    .idle_s = WEB_IDLE_S,
    .exchange_ms = WEB_EXCHANGE_MS,
    .sweep_ms = WEB_SWEEP_MS,
    .turn_ms = WEB_TURN_MS,
};

static const struct httpd_ops httpd_ops = {.answer = on_answer, .closed = on_closed};

int web_open(struct web *web, uv_loop_t *loop, const char *endpoint, bool insecure,
             const struct web_sources *sources, struct err *err)
{
    *web = (struct web){.sources = *sources, .since_ms = uv_now(loop)};
    return httpd_open(&web->httpd, loop, endpoint, insecure, &limits, &httpd_ops, err);
}

void web_close(struct web *web, void (*closed)(struct web *web))
{
    web->closed = closed;
    httpd_close(&web->httpd);
}
