/* SPDX-License-Identifier: MIT */
#include "api/heartbeat.h"

#define LOG_MODULE "heartbeat"
#include "base/log.h"

/*
 * A minute is what such watchers expect. Two seconds are far more than a busy loop ever needs and less than
 * any grace. A checkpoint is due every five seconds: three in a row are missing. Slack limits, restarts and
 * is away for a minute now and then; after two it is time that somebody else speaks up.
 */
static const struct heartbeat_limits usual = {
    .period_ms = 60000,
    .turn_ms = 5000,
    .late_ms = 2000,
    .checkpoint_ms = 15000,
    .sink_ms = 120000,
    .deadline_ms = 10000,
};

static uint64_t now_ms(const struct heartbeat *heartbeat)
{
    return uv_now(heartbeat->turn.loop);
}

/* What keeps the server from doing its work; NULL: nothing. */
static const char *ailment(const struct heartbeat *heartbeat)
{
    const struct heartbeat_limits *limits = heartbeat->limits;
    struct engine_counters counters;
    uint64_t now = now_ms(heartbeat);

    engine_counters(heartbeat->engine, &counters);
    if (heartbeat->late_ms > limits->late_ms)
        return "the loop stood still";
    if (counters.checkpoint_age_ms > limits->checkpoint_ms)
        return "the disk takes no checkpoint";
    if (now - heartbeat->healthy_ms > limits->sink_ms)
        return "not every sink takes messages";
    return NULL;
}

static void complain(struct heartbeat *heartbeat, const char *detail, int status)
{
    if (!heartbeat->unheard)
        log_warning("beat was not taken host=%s status=%d reason=%s", heartbeat->http.host, status, detail);
    heartbeat->unheard = true;
}

static void on_replied(struct http_client *http, const struct http_client_reply *reply)
{
    struct heartbeat *heartbeat = container_of(http, struct heartbeat, http);

    if (reply->status < 200 || reply->status >= 300) {
        complain(heartbeat, reply->error, reply->status);
        return;
    }
    if (heartbeat->unheard)
        log_info("beat is taken again host=%s", http->host);
    heartbeat->unheard = false;
}

static void beat(struct heartbeat *heartbeat)
{
    const char *reason = ailment(heartbeat);
    struct err err;

    if (reason != NULL && !heartbeat->silent)
        log_error("heartbeat stops: %s", reason);
    else if (reason == NULL && heartbeat->silent)
        log_info("heartbeat goes on");
    heartbeat->silent = reason != NULL;
    heartbeat->late_ms = 0;
    if (reason == NULL && !heartbeat->http.busy && http_client_get(&heartbeat->http, &err) != 0)
        complain(heartbeat, err.msg, 0);
}

static void on_turn(uv_timer_t *timer)
{
    struct heartbeat *heartbeat = container_of(timer, struct heartbeat, turn);
    uint64_t now = now_ms(heartbeat);
    struct engine_counters counters;
    uint64_t took_ms = heartbeat->turned_ms != 0 ? now - heartbeat->turned_ms : 0;

    if (took_ms > heartbeat->limits->turn_ms + heartbeat->late_ms)
        heartbeat->late_ms = took_ms - heartbeat->limits->turn_ms;
    heartbeat->turned_ms = now;
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
    (void)uv_timer_init(loop, &heartbeat->turn);
    uvx_own(&heartbeat->owner, (uv_handle_t *)&heartbeat->turn);
    heartbeat->healthy_ms = heartbeat->beat_ms = now_ms(heartbeat);
    (void)uv_timer_start(&heartbeat->turn, on_turn, 0, limits->turn_ms);
    log_info("heartbeat to host=%s", heartbeat->http.host);
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
    uvx_shut((uv_handle_t *)&heartbeat->turn);
}
