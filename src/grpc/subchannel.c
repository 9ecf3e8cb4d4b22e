/* SPDX-License-Identifier: MIT */
#include "grpc/subchannel.h"

#include <stdio.h>
#include <string.h>

static struct subchannel *subchannel_of(struct h2_connection *h2)
{
    return container_of(h2, struct subchannel, h2);
}

static void on_ready(struct h2_connection *h2)
{
    struct subchannel *subchannel = subchannel_of(h2);

    if (subchannel->state != SUBCHANNEL_CONNECTING)
        return;
    subchannel->state = SUBCHANNEL_READY;
    subchannel->ops->ready(subchannel);
}

static void on_draining(struct h2_connection *h2)
{
    struct subchannel *subchannel = subchannel_of(h2);

    if (subchannel->state != SUBCHANNEL_READY)
        return;
    subchannel->state = SUBCHANNEL_DRAINING;
    subchannel->ops->draining(subchannel);
}

static void on_ended(struct h2_connection *h2, const struct err *err)
{
    struct subchannel *subchannel = subchannel_of(h2);
    enum subchannel_state before = subchannel->state;

    subchannel->end = *err;
    if (err->msg[0] == '\0')
        (void)err_set(&subchannel->end, 0, "closed");
    subchannel->state = SUBCHANNEL_ENDED;
    if (before == SUBCHANNEL_CONNECTING)
        subchannel->ops->failed(subchannel, &subchannel->end);
    else if (before == SUBCHANNEL_READY)
        subchannel->ops->lost(subchannel, &subchannel->end);
}

/* A stream that the end of the connection closes gets that as its reason, and not the code of a reset. */
static void on_gone(struct h2_stream *stream, uint32_t code)
{
    struct h2_connection *h2 = h2_connection_of(stream);

    client_call_on_gone(stream, code, h2->closing ? subchannel_of(h2)->end.msg : NULL);
}

static void on_closed(struct h2_connection *h2)
{
    struct subchannel *subchannel = subchannel_of(h2);

    subchannel->ops->closed(subchannel);
}

/* Not called: server push is switched off with SETTINGS_ENABLE_PUSH. */
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

static void set_names(struct subchannel *subchannel, const struct endpoint *endpoint,
                      const struct sockaddr *address)
{
    if (address == NULL) {
        (void)snprintf(subchannel->authority, sizeof subchannel->authority, "localhost");
        (void)snprintf(subchannel->peer, sizeof subchannel->peer, "unix:%s", endpoint->path);
        return;
    }
    (void)snprintf(subchannel->authority, sizeof subchannel->authority,
                   strchr(endpoint->host, ':') != NULL ? "[%s]:%u" : "%s:%u", endpoint->host,
                   (unsigned)endpoint->port);
    endpoint_format(address, subchannel->peer);
}

int subchannel_open(struct subchannel *subchannel, struct h2_context *context, uv_loop_t *loop,
                    const struct endpoint *endpoint, const struct sockaddr *address, struct tls_context *tls,
                    const struct subchannel_ops *ops, void *owner, struct err *err)
{
    *subchannel = (struct subchannel){.ops = ops, .owner = owner, .endpoint = endpoint};
    subchannel->target = (struct client_call_target){.authority = subchannel->authority, .tls = tls != NULL};
    set_names(subchannel, endpoint, address);
    return h2_connection_connect(&subchannel->h2, context, loop, endpoint->kind, address, endpoint->path, tls,
                                 endpoint->kind == ENDPOINT_UNIX ? "localhost" : endpoint->host,
                                 &h2_connection_ops, err);
}

struct client_call *subchannel_call(struct subchannel *subchannel, const struct client_call_request *request,
                                    const struct client_call_ops *ops, void *owner)
{
    if (subchannel->state != SUBCHANNEL_READY)
        return NULL;
    return client_call_open(&subchannel->h2, &subchannel->target, request, ops, owner);
}

void subchannel_close(struct subchannel *subchannel)
{
    enum subchannel_state before = subchannel->state;

    if (before == SUBCHANNEL_ENDED)
        return;
    subchannel->state = SUBCHANNEL_ENDED;
    if (before != SUBCHANNEL_CONNECTING && !stream_busy(&subchannel->h2.stream))
        h2_connection_terminate(&subchannel->h2, H2_NO_ERROR, "");
    else
        h2_connection_close(&subchannel->h2);
}
