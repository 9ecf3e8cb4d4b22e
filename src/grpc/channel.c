/* SPDX-License-Identifier: MIT */
#include "grpc/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define LOG_MODULE "channel"
#include "base/log.h"
#include "base/mem.h"

/* ---- rounds ---- */

static void on_timer(uv_timer_t *timer)
{
    struct channel *channel = container_of(timer, struct channel, timer);

    channel->round_ms = uv_now(channel->loop);
    address_iterator_start(&channel->iterator);
    address_iterator_next(&channel->iterator);
}

/* The wait counts from the start of the last round: a round that took long shortens it. */
static void schedule_round(struct channel *channel, struct backoff *backoff)
{
    uint64_t due = channel->round_ms + backoff_next(backoff);
    uint64_t now = uv_now(channel->loop);

    if (!channel->closing)
        (void)uv_timer_start(&channel->timer, on_timer, due > now ? due - now : 0, 0);
}

/* Between two connections the same error of an endpoint is a warning once, not for each attempt. */
static void log_failure(struct channel *channel, const struct endpoint *endpoint, const char *peer,
                        const struct err *err)
{
    char **logged = &channel->logged_errors[endpoint - channel->endpoints];

    if (*logged != NULL && strcmp(*logged, err->msg) == 0) {
        log_debug("server not reached endpoint=%s reason=%s", peer, err->msg);
        return;
    }
    log_warning("server not reached endpoint=%s reason=%s", peer, err->msg);
    free(*logged);
    *logged = mem_strdup(err->msg);
}

static void clear_logged_errors(struct channel *channel)
{
    for (size_t i = 0; i < channel->endpoint_count; i++) {
        free(channel->logged_errors[i]);
        channel->logged_errors[i] = NULL;
    }
}

static const struct subchannel_ops subchannel_ops;

static void on_found(struct address_iterator *iterator, const struct endpoint *endpoint,
                     const struct sockaddr *address)
{
    struct channel *channel = container_of(iterator, struct channel, iterator);
    struct subchannel *subchannel = mem_alloc(sizeof *subchannel);
    struct err err;

    if (subchannel_open(subchannel, &channel->context, channel->loop, endpoint, address,
                        credentials_context(&channel->credentials), &subchannel_ops, channel, &err) != 0) {
        log_failure(channel, endpoint, subchannel->peer, &err);
        free(subchannel);
        address_iterator_next(iterator);
        return;
    }
    DL_PREPEND(channel->subchannels, subchannel);
}

static void on_unresolved(struct address_iterator *iterator, const struct endpoint *endpoint,
                          const struct err *err)
{
    log_failure(container_of(iterator, struct channel, iterator), endpoint, endpoint->host, err);
}

static void on_exhausted(struct address_iterator *iterator)
{
    struct channel *channel = container_of(iterator, struct channel, iterator);

    if (!channel->was_ready) {
        schedule_round(channel, &channel->backoff);
        return;
    }
    channel->was_ready = false;
    schedule_round(channel, &channel->scatter);
    /* As long as the range is wide: second attempts then come after the first ones of all other clients. */
    channel->backoff.next = 2.0 * CHANNEL_SCATTER_MS;
}

static const struct address_iterator_ops address_iterator_ops = {
    .found = on_found,
    .failed = on_unresolved,
    .exhausted = on_exhausted,
};

/* ---- subchannels ---- */

static void on_ready(struct subchannel *subchannel)
{
    struct channel *channel = subchannel->owner;

    channel->ready = subchannel;
    channel->was_ready = true;
    channel->ready_ms = uv_now(channel->loop);
    clear_logged_errors(channel);
    log_info("connected endpoint=%s tls=%s", subchannel->peer, subchannel->target.tls ? "on" : "off");
    channel->ops->ready(channel);
}

static void on_failed(struct subchannel *subchannel, const struct err *err)
{
    struct channel *channel = subchannel->owner;

    log_failure(channel, subchannel->endpoint, subchannel->peer, err);
    address_iterator_next(&channel->iterator);
}

/* The subchannel that was ready takes no more calls: the next round looks for another. */
static void reconnect(struct subchannel *subchannel, const struct err *err)
{
    struct channel *channel = subchannel->owner;

    assert(channel->ready == subchannel);
    channel->ready = NULL;
    if (uv_now(channel->loop) - channel->ready_ms >= CHANNEL_STABLE_MS)
        backoff_reset(&channel->backoff);
    schedule_round(channel, &channel->backoff);
    channel->ops->lost(channel, err);
}

static void on_draining(struct subchannel *subchannel)
{
    struct err err;

    log_info("server sent GOAWAY endpoint=%s", subchannel->peer);
    (void)err_set(&err, 0, "server sent GOAWAY");
    reconnect(subchannel, &err);
}

static void on_lost(struct subchannel *subchannel, const struct err *err)
{
    log_warning("connection lost endpoint=%s reason=%s", subchannel->peer, err->msg);
    reconnect(subchannel, err);
}

static void on_context_closed(struct h2_context *context)
{
    uvx_drop(&container_of(context, struct channel, context)->owner);
}

/* The context is closed once, after the last subchannel. */
static void close_context(struct channel *channel)
{
    if (channel->closing && channel->subchannels == NULL)
        h2_context_close(&channel->context, on_context_closed);
}

static void on_closed(struct subchannel *subchannel)
{
    struct channel *channel = subchannel->owner;

    DL_DELETE(channel->subchannels, subchannel);
    free(subchannel);
    close_context(channel);
}

static const struct subchannel_ops subchannel_ops = {
    .ready = on_ready,
    .failed = on_failed,
    .draining = on_draining,
    .lost = on_lost,
    .closed = on_closed,
};

/* ---- the channel ---- */

int channel_open(struct channel *channel, uv_loop_t *loop, const struct endpoint *endpoints,
                 size_t endpoint_count, const struct tls_files *tls, const struct channel_ops *ops,
                 struct err *err)
{
    uint64_t seed = uv_hrtime();
    int code;

    assert(endpoint_count > 0);
    *channel = (struct channel){.loop = loop, .ops = ops};
    code = credentials_init(&channel->credentials, tls, err);
    if (code != 0)
        return code;
    /* Agents that were started by the same event must not reconnect at the same time. */
    (void)uv_random(NULL, NULL, &seed, sizeof seed, 0, NULL);
    channel->backoff = (struct backoff){
        .first = CHANNEL_RETRY_FIRST_MS,
        .max = CHANNEL_RETRY_MAX_MS,
        .factor = CHANNEL_RETRY_FACTOR,
        .jitter = CHANNEL_RETRY_JITTER,
        .seed = seed,
    };
    channel->scatter = (struct backoff){
        .first = CHANNEL_SCATTER_MS,
        .max = CHANNEL_RETRY_MAX_MS,
        .factor = 1,
        .jitter = CHANNEL_SCATTER_JITTER,
        .seed = ~seed,
    };
    channel_retry_max(channel, CHANNEL_RETRY_MAX_MS);
    channel->endpoint_count = endpoint_count;
    channel->logged_errors = mem_zalloc(endpoint_count * sizeof *channel->logged_errors);
    channel->endpoints = mem_alloc(endpoint_count * sizeof *endpoints);
    memcpy(channel->endpoints, endpoints, endpoint_count * sizeof *endpoints);
    address_iterator_init(&channel->iterator, loop, &channel->owner, channel->endpoints, endpoint_count,
                          &address_iterator_ops);
    h2_context_open(&channel->context, loop);
    uvx_hold(&channel->owner); /* until on_context_closed */
    (void)uv_timer_init(loop, &channel->timer);
    uvx_own(&channel->owner, (uv_handle_t *)&channel->timer);
    (void)uv_timer_start(&channel->timer, on_timer, 0, 0);
    return 0;
}

/* `ms` includes the jitter. */
static void shorten(struct backoff *backoff, uint64_t ms)
{
    uint64_t max = (uint64_t)((double)ms / (1 + backoff->jitter));

    if (max < backoff->max)
        backoff->max = max;
}

void channel_retry_max(struct channel *channel, uint64_t ms)
{
    shorten(&channel->backoff, ms);
    shorten(&channel->scatter, ms);
}

void channel_hurry(struct channel *channel, uint64_t ms)
{
    channel_retry_max(channel, ms);
    if (!channel->closing && uv_is_active((uv_handle_t *)&channel->timer))
        (void)uv_timer_start(&channel->timer, on_timer, 0, 0);
}

struct client_call *channel_call(struct channel *channel, const struct client_call_request *request,
                                 const struct client_call_ops *ops, void *owner)
{
    return channel->ready == NULL ? NULL : subchannel_call(channel->ready, request, ops, owner);
}

const char *channel_peer(const struct channel *channel)
{
    return channel->ready->peer;
}

static void on_owner_gone(struct uvx_owner *owner)
{
    struct channel *channel = container_of(owner, struct channel, owner);

    credentials_fini(&channel->credentials);
    clear_logged_errors(channel);
    free(channel->logged_errors);
    free(channel->endpoints);
    channel->ops->closed(channel);
}

void channel_close(struct channel *channel)
{
    if (channel->closing)
        return;
    channel->closing = true;
    channel->ready = NULL;
    uvx_owner_close(&channel->owner, on_owner_gone);
    uvx_shut((uv_handle_t *)&channel->timer);
    address_iterator_stop(&channel->iterator);
    for (struct subchannel *subchannel = channel->subchannels; subchannel != NULL;
         subchannel = subchannel->next)
        subchannel_close(subchannel);
    close_context(channel);
}
