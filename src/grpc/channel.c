/* SPDX-License-Identifier: MIT */
#include "grpc/channel.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "channel"
#include "base/log.h"
#include "base/mem.h"

/* One connection. Freed when it is closed. */
struct subchannel {
    struct h2_connection h2; /* first */
    struct channel *channel;
    struct subchannel *next, *prev;
    const struct endpoint *endpoint;
    struct client_call_target target;
    bool up;     /* SETTINGS came */
    bool parted; /* GOAWAY came, or it was ended: no new calls */
    struct err why;
    char authority[ENDPOINT_TEXT_MAX];
    char peer[2 * ENDPOINT_TEXT_MAX];
};

static struct subchannel *link_of(struct h2_connection *h2)
{
    return container_of(h2, struct subchannel, h2);
}

/* ---- rounds ---- */

static void on_timer(uv_timer_t *timer)
{
    struct channel *channel = container_of(timer, struct channel, timer);

    channel->round_ms = uv_now(channel->loop);
    address_iterator_start(&channel->iterator);
    address_iterator_next(&channel->iterator);
}

/* The wait counts from the start of the last round: one that has lasted long needs no more of it. */
static void try_again(struct channel *channel, struct backoff *backoff)
{
    uint64_t due = channel->round_ms + backoff_next(backoff);
    uint64_t now = uv_now(channel->loop);

    if (!channel->closing)
        (void)uv_timer_start(&channel->timer, on_timer, due > now ? due - now : 0, 0);
}

/* A server that is away for a day is worth one line, not one for each try. */
static void complain(struct channel *channel, const struct endpoint *endpoint, const char *peer,
                     const struct err *err)
{
    char **told = &channel->told[endpoint - channel->endpoints];

    if (*told != NULL && strcmp(*told, err->msg) == 0) {
        log_debug("server not reached endpoint=%s reason=%s", peer, err->msg);
        return;
    }
    log_warning("server not reached endpoint=%s reason=%s", peer, err->msg);
    free(*told);
    *told = mem_strdup(err->msg);
}

static void forget_complaints(struct channel *channel)
{
    for (size_t i = 0; i < channel->endpoint_count; i++) {
        free(channel->told[i]);
        channel->told[i] = NULL;
    }
}

static void name_peer(struct subchannel *link, const struct endpoint *endpoint,
                      const struct sockaddr *address)
{
    char text[ENDPOINT_TEXT_MAX];

    if (address == NULL) {
        (void)snprintf(link->authority, sizeof link->authority, "localhost");
        (void)snprintf(link->peer, sizeof link->peer, "unix:%s", endpoint->path);
        return;
    }
    endpoint_format(address, text);
    (void)snprintf(link->authority, sizeof link->authority,
                   strchr(endpoint->host, ':') != NULL ? "[%s]:%u" : "%s:%u", endpoint->host,
                   (unsigned)endpoint->port);
    (void)snprintf(link->peer, sizeof link->peer, "%s", text);
}

static const struct h2_connection_ops h2_connection_ops;

static void on_found(struct address_iterator *iterator, const struct endpoint *endpoint,
                     const struct sockaddr *address)
{
    struct channel *channel = container_of(iterator, struct channel, iterator);
    struct subchannel *link = mem_zalloc(sizeof *link);
    struct tls_context *tls = credentials_context(&channel->credentials);
    struct err err;

    name_peer(link, endpoint, address);
    if (h2_connection_connect(
            &link->h2, &channel->context, channel->loop, endpoint->kind, address, endpoint->path, tls,
            endpoint->kind == ENDPOINT_UNIX ? "localhost" : endpoint->host, &h2_connection_ops, &err) != 0) {
        complain(channel, endpoint, link->peer, &err);
        free(link);
        address_iterator_next(iterator);
        return;
    }
    link->channel = channel;
    link->endpoint = endpoint;
    link->target = (struct client_call_target){.authority = link->authority, .tls = tls != NULL};
    link->next = channel->links;
    if (channel->links != NULL)
        channel->links->prev = link;
    channel->links = link;
}

static void on_failed(struct address_iterator *iterator, const struct endpoint *endpoint,
                      const struct err *err)
{
    complain(container_of(iterator, struct channel, iterator), endpoint, endpoint->host, err);
}

static void on_exhausted(struct address_iterator *iterator)
{
    struct channel *channel = container_of(iterator, struct channel, iterator);

    if (!channel->was_ready) {
        try_again(channel, &channel->backoff);
        return;
    }
    channel->was_ready = false;
    try_again(channel, &channel->scatter);
    /* As long as the range is wide, so that those who come again do not meet those who have not come yet. */
    channel->backoff.next = 2.0 * CHANNEL_SCATTER_MS;
}

static const struct address_iterator_ops address_iterator_ops = {
    .found = on_found,
    .failed = on_failed,
    .exhausted = on_exhausted,
};

/* ---- connections ---- */

static void on_ready(struct h2_connection *h2)
{
    struct subchannel *link = link_of(h2);
    struct channel *channel = link->channel;

    link->up = true;
    if (channel->closing)
        return;
    channel->ready = link;
    channel->was_ready = true;
    channel->ready_ms = uv_now(channel->loop);
    forget_complaints(channel);
    log_info("connected endpoint=%s tls=%s", link->peer, link->target.tls ? "on" : "off");
    channel->ops->ready(channel);
}

/* No new calls on this connection. If it was the one for them, another is sought. */
static void part(struct subchannel *link, const struct err *err)
{
    struct channel *channel = link->channel;

    if (link->parted)
        return;
    link->parted = true;
    if (channel->ready != link)
        return;
    channel->ready = NULL;
    if (uv_now(channel->loop) - channel->ready_ms >= CHANNEL_STABLE_MS)
        backoff_reset(&channel->backoff);
    try_again(channel, &channel->backoff);
    channel->ops->lost(channel, err);
}

static void on_draining(struct h2_connection *h2)
{
    struct subchannel *link = link_of(h2);
    struct err err;

    if (!link->parted)
        log_info("server asks to leave endpoint=%s", link->peer);
    (void)err_set(&err, 0, "server is leaving");
    part(link, &err);
}

static void on_ended(struct h2_connection *h2, const struct err *err)
{
    struct subchannel *link = link_of(h2);
    struct channel *channel = link->channel;

    link->why = *err;
    if (err->msg[0] == '\0')
        (void)err_set(&link->why, 0, "closed");
    if (channel->closing)
        return;
    if (!link->up) {
        link->parted = true;
        complain(channel, link->endpoint, link->peer, &link->why);
        address_iterator_next(&channel->iterator);
    } else if (!link->parted) {
        log_warning("connection lost endpoint=%s reason=%s", link->peer, link->why.msg);
        part(link, &link->why);
    }
}

static void on_gone(struct h2_stream *stream, uint32_t code)
{
    const struct subchannel *link = link_of(stream->h2);

    client_call_on_gone(stream, code, stream->h2->closing ? link->why.msg : NULL);
}

static void on_context_closed(struct h2_context *context)
{
    uvx_drop(&container_of(context, struct channel, context)->owner);
}

/* Once per channel: when it is closing and its last connection is gone. */
static void close_loop(struct channel *channel)
{
    if (channel->closing && channel->links == NULL)
        h2_context_close(&channel->context, on_context_closed);
}

static void on_closed(struct h2_connection *h2)
{
    struct subchannel *link = link_of(h2);
    struct channel *channel = link->channel;

    if (link->next != NULL)
        link->next->prev = link->prev;
    if (link->prev != NULL)
        link->prev->next = link->next;
    else
        channel->links = link->next;
    free(link);
    close_loop(channel);
}

/* A server pushes nothing: we said so. */
static struct h2_stream *on_begin(struct h2_connection *h2)
{
    (void)h2;
    return NULL;
}

static const struct h2_connection_ops h2_connection_ops = {
    .ready = on_ready,
    .begin = on_begin,
    .header = client_call_on_header,
    .headers = client_call_on_headers,
    .data = client_call_on_data,
    .end = client_call_on_end,
    .sent = client_call_on_sent,
    .trailers = client_call_on_trailers,
    .due = client_call_on_due,
    .gone = on_gone,
    .draining = on_draining,
    .ended = on_ended,
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
    /* Agents that were started by the same event must not come back in step. */
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
    channel->told = mem_zalloc(endpoint_count * sizeof *channel->told);
    channel->endpoints = mem_alloc(endpoint_count * sizeof *endpoints);
    memcpy(channel->endpoints, endpoints, endpoint_count * sizeof *endpoints);
    address_iterator_init(&channel->iterator, loop, &channel->owner, channel->endpoints, endpoint_count,
                          &address_iterator_ops);
    h2_context_open(&channel->context, loop);
    uvx_hold(&channel->owner); /* for h2 */
    (void)uv_timer_init(loop, &channel->timer);
    uvx_own(&channel->owner, (uv_handle_t *)&channel->timer);
    (void)uv_timer_start(&channel->timer, on_timer, 0, 0);
    return 0;
}

/* The jitter, which comes on top, must not make it longer. */
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
    struct subchannel *link = channel->ready;

    return link == NULL ? NULL : client_call_open(&link->h2, &link->target, request, ops, owner);
}

const char *channel_peer(const struct channel *channel)
{
    return channel->ready->peer;
}

static void on_owner_gone(struct uvx_owner *owner)
{
    struct channel *channel = container_of(owner, struct channel, owner);

    credentials_fini(&channel->credentials);
    forget_complaints(channel);
    free(channel->told);
    free(channel->endpoints);
    channel->ops->closed(channel);
}

/* A good-bye is said where it can leave at once; a server that does not read is not waited for. */
static void leave(struct subchannel *link)
{
    if (link->up && !stream_busy(&link->h2.stream))
        h2_connection_terminate(&link->h2, H2_NO_ERROR, "");
    else
        h2_connection_close(&link->h2);
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
    for (struct subchannel *link = channel->links; link != NULL; link = link->next)
        leave(link);
    close_loop(channel);
}
