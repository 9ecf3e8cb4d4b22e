/* SPDX-License-Identifier: MIT */
#include "web/web.h"

#include <string.h>

#include "web/api.h"
#include "web/limits.h"
#include "web/metrics.h"
#include "web/page.h"
#include "base/print.h"
#include "web/vitals.h"

#define SERVICES "/api/services"

static void show_health(const struct web *web, struct answer *answer)
{
    struct vitals vitals;

    vitals_take(&vitals, &web->sources);
    if (vitals.count == 0) {
        answer_text(answer, ANSWER_OK, "ok");
        return;
    }
    answer_text(answer, ANSWER_NOT_HEALTHY, vitals.reasons[0]);
    for (size_t i = 1; i < vitals.count; i++)
        print_format(&answer->body, "%s\n", vitals.reasons[i]);
}

static void show_metrics(const struct web *web, struct answer *answer)
{
    *answer = (struct answer){.status = ANSWER_OK, .type = METRICS_TYPE};
    metrics_write(&answer->body, &web->sources, uv_now(web->sources.registry->loop) - web->since_ms);
}

static void show_page(const struct web *web, const struct httpd_request *request, struct answer *answer)
{
    page_write(answer, &web->sources,
               &(struct page_request){
                   .search = httpd_argument(request, "q"),
                   .after = httpd_argument(request, "after"),
               });
}

static void on_asked(struct httpd *httpd, const struct httpd_request *request, struct answer *answer)
{
    const struct web *web = container_of(httpd, struct web, httpd);
    const struct registry *registry = web->sources.registry;
    const char *path = request->path;

    if (strcmp(path, "/") == 0)
        show_page(web, request, answer);
    else if (strcmp(path, SERVICES) == 0)
        api_services(answer, registry);
    else if (strncmp(path, SERVICES "/", strlen(SERVICES "/")) == 0)
        api_service(answer, registry, path + strlen(SERVICES "/"));
    else if (strcmp(path, "/metrics") == 0)
        show_metrics(web, answer);
    else if (strcmp(path, "/healthz") == 0)
        show_health(web, answer);
    else
        api_unknown(answer, path);
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

static const struct httpd_ops httpd_ops = {.asked = on_asked, .closed = on_closed};

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
