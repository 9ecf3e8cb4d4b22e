/* SPDX-License-Identifier: MIT */
#include "api/heartbeat.h"

#define LOG_MODULE "heartbeat"
#include "base/log.h"

/*
 * Monitoring services expect a request per minute. A delay of two seconds is much more than a busy loop
 * causes, and less than any disconnect timeout. A checkpoint is due every five seconds, so that three in a
 * row are missing. Slack is unreachable for a minute now and then; after two minutes it has failed.
 */
static const struct heartbeat_limits usual = {
    .period_ms = 60000,
    .check_ms = 5000,
    .late_ms = 2000,
    .checkpoint_ms = 15000,
    .sink_ms = 120000,
    .deadline_ms = 10000,
};

static uint64_t now_ms(const struct heartbeat *heartbeat)
{
    return uv_now(heartbeat->timer.loop);
}

/* Why the server does not work; NULL: it works. */
static const char *find_problem(const struct heartbeat *heartbeat)
{
    const struct heartbeat_limits *limits = heartbeat->limits;
    struct engine_counters counters;
    uint64_t now = now_ms(heartbeat);

    engine_counters(heartbeat->engine, &counters);
    if (heartbeat->late_ms > limits->late_ms)
        return "the loop was blocked";
    if (counters.checkpoint_age_ms > limits->checkpoint_ms)
        return "the disk commits no checkpoint";
    if (now - heartbeat->healthy_ms > limits->sink_ms)
        return "not every sink accepts messages";
    return NULL;
}

static void on_failure(struct heartbeat *heartbeat, const char *detail, int status)
{
    if (!heartbeat->failing)
        log_warning("beat was not taken host=%s status=%d reason=%s", heartbeat->http.host, status, detail);
    heartbeat->failing = true;
}

static void on_replied(struct http_client *http, const struct http_client_reply *reply)
{
    struct heartbeat *heartbeat = container_of(http, struct heartbeat, http);

    if (reply->status < 200 || reply->status >= 300) {
        on_failure(heartbeat, reply->error, reply->status);
        return;
    }
    if (heartbeat->failing)
        log_info("beat is taken again host=%s", http->host);
    heartbeat->failing = false;
}

static void beat(struct heartbeat *heartbeat)
{
    const char *reason = find_problem(heartbeat);
    struct err err;

    if (reason != NULL && !heartbeat->withheld)
        log_error("heartbeat stopped reason=%s", reason);
    else if (reason == NULL && heartbeat->withheld)
        log_info("heartbeat resumed");
    heartbeat->withheld = reason != NULL;
    heartbeat->late_ms = 0;
    if (reason == NULL && !heartbeat->http.busy && http_client_get(&heartbeat->http, &err) != 0)
        on_failure(heartbeat, err.msg, 0);
}

static void on_check(uv_timer_t *timer)
{
    struct heartbeat *heartbeat = container_of(timer, struct heartbeat, timer);
    uint64_t now = now_ms(heartbeat);
    struct engine_counters counters;
    uint64_t elapsed_ms = heartbeat->checked_ms != 0 ? now - heartbeat->checked_ms : 0;

    if (elapsed_ms > heartbeat->limits->check_ms + heartbeat->late_ms)
        heartbeat->late_ms = elapsed_ms - heartbeat->limits->check_ms;
    heartbeat->checked_ms = now;
    engine_counters(heartbeat->engine, &counters);
    if (counters.sinks_healthy)
        heartbeat->healthy_ms = now;
    if (now < heartbeat->beat_ms)
        return;
    heartbeat->beat_ms = now + heartbeat->limits->period_ms;
    beat(heartbeat);
}

int heartbeat_open_limited(struct heartbeat *heartbeat, uv_loop_t *loop, const char *url,
                           const struct engine *engine, const struct heartbeat_limits *limits,
                           struct err *err)
{
    const struct http_client_options options = {
        .url = url, .deadline_ms = limits->deadline_ms, .replied = on_replied};

    *heartbeat = (struct heartbeat){.engine = engine, .limits = limits};
    if (http_client_open(&heartbeat->http, loop, &options, err) != 0)
        return err_wrap(err, "heartbeat");
    uvx_hold(&heartbeat->owner);
    (void)uv_timer_init(loop, &heartbeat->timer);
    uvx_own(&heartbeat->owner, (uv_handle_t *)&heartbeat->timer);
    heartbeat->healthy_ms = heartbeat->beat_ms = now_ms(heartbeat);
    (void)uv_timer_start(&heartbeat->timer, on_check, 0, limits->check_ms);
    log_info("heartbeat opened host=%s", heartbeat->http.host);
    return 0;
}

int heartbeat_open(struct heartbeat *heartbeat, uv_loop_t *loop, const char *url, const struct engine *engine,
                   struct err *err)
{
    return heartbeat_open_limited(heartbeat, loop, url, engine, &usual, err);
}

static void on_gone(struct uvx_owner *owner)
{
    struct heartbeat *heartbeat = container_of(owner, struct heartbeat, owner);

    heartbeat->closed(heartbeat);
}

static void on_http_closed(struct http_client *http)
{
    uvx_drop(&container_of(http, struct heartbeat, http)->owner);
}

void heartbeat_close(struct heartbeat *heartbeat, void (*closed)(struct heartbeat *heartbeat))
{
    if (heartbeat->owner.closing)
        return;
    heartbeat->closed = closed;
    uvx_owner_close(&heartbeat->owner, on_gone);
    http_client_close(&heartbeat->http, on_http_closed);
    uvx_shut((uv_handle_t *)&heartbeat->timer);
}
