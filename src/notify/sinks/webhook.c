/* SPDX-License-Identifier: MIT */
#include "notify/sinks/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text_fit.h"
#include "base/uvx.h"

#define LOG_MODULE "notify"
#include "base/log.h"

/* Bytes of the response body in the log. */
#define BODY_SHOWN 80

struct webhook {
    struct sink sink;
    struct http_client http;
    const struct webhook_form *form;
};

static enum sink_verdict verdict_of(int status)
{
    switch (status) {
    case 408: /* Request Timeout */
    case 425: /* Too Early */
        return SINK_RETRY;
    case 429: /* Too Many Requests */
        return SINK_RATE_LIMITED;
    case 401: /* Unauthorized */
    case 403: /* Forbidden */
    case 404: /* Not Found */
    case 410: /* Gone */
        return SINK_DISABLED;
    default:
        break;
    }
    if (status >= 500)
        return SINK_RETRY;
    if (status >= 400)
        return SINK_REJECTED;
    if (status >= 300)
        return SINK_DISABLED; /* not followed: the URL is a secret of the configured host */
    return status >= 200 ? SINK_DELIVERED : SINK_RETRY;
}

void webhook_judge(const struct http_client_reply *reply, struct sink_answer *answer)
{
    *answer = (struct sink_answer){.verdict = SINK_UNREACHABLE, .maybe = reply->maybe};
    if (reply->status == 0) {
        (void)snprintf(answer->detail, sizeof answer->detail, "%s", reply->error);
        return;
    }
    answer->verdict = verdict_of(reply->status);
    answer->wait_ms = reply->retry_after_ms;
    (void)snprintf(answer->detail, sizeof answer->detail, "status %d%s%.*s", reply->status,
                   reply->size > 0 ? ": " : "", BODY_SHOWN, reply->body);
}

static void on_reply(struct http_client *http, const struct http_client_reply *reply)
{
    struct webhook *webhook = container_of(http, struct webhook, http);
    struct sink_answer answer;

    webhook_judge(reply, &answer);
    if (reply->status != 0 && webhook->form->judge != NULL)
        webhook->form->judge(reply, &answer);
    webhook->sink.events->answered(webhook->sink.arg, &answer);
}

static void post(struct sink *sink, const struct digest *digest, int64_t now_ms, bool plain)
{
    struct webhook *webhook = container_of(sink, struct webhook, sink);
    struct sink_answer answer = {.verdict = SINK_UNREACHABLE};
    char *body = webhook->form->encode(digest, now_ms, plain);
    struct err err;
    int rc = http_client_post(&webhook->http, body, strlen(body), &err);

    free(body);
    if (rc == 0)
        return;
    (void)snprintf(answer.detail, sizeof answer.detail, "%.*s", SINK_DETAIL_MAX - 1, err.msg);
    sink->events->answered(sink->arg, &answer);
}

static void on_closed(struct http_client *http)
{
    struct webhook *webhook = container_of(http, struct webhook, http);
    struct sink sink = webhook->sink;

    free(webhook);
    sink.events->closed(sink.arg);
}

static void close_webhook(struct sink *sink)
{
    struct webhook *webhook = container_of(sink, struct webhook, sink);

    http_client_close(&webhook->http, on_closed);
}

static const struct sink_ops ops = {.send = post, .close = close_webhook};

int webhook_open(struct sink **sink, uv_loop_t *loop, const struct webhook_form *form,
                 const struct sink_config *config, uint64_t deadline_ms, const struct sink_events *events,
                 void *arg, struct err *err)
{
    struct webhook *webhook = mem_zalloc(sizeof *webhook);
    const struct http_client_options options = {.url = config->url,
                                                .ca = config->ca,
                                                .content_type = form->content_type,
                                                .deadline_ms = deadline_ms,
                                                .replied = on_reply};
    int rc = http_client_open(&webhook->http, loop, &options, err);

    if (rc < 0) {
        free(webhook);
        return rc;
    }
    webhook->sink =
        (struct sink){.ops = &ops, .events = events, .arg = arg, .services_max = form->services_max};
    webhook->form = form;
    *sink = &webhook->sink;
    log_info("sink opened kind=%s host=%s", form->name, webhook->http.host);
    return 0;
}

/* ---- JSON ---- */

json_t *webhook_json(json_t *json)
{
    if (json == NULL)
        abort();
    return json;
}

json_t *webhook_string(const char *text)
{
    struct buf out = {0};
    char *string;
    json_t *json;

    text_fit_add(&out, text, WEBHOOK_STRING_MAX);
    string = buf_take(&out);
    json = webhook_json(json_string(string));
    free(string);
    return json;
}

char *webhook_body(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);

    if (text == NULL)
        abort();
    json_decref(json);
    return text;
}
