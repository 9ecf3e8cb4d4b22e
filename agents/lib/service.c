/* SPDX-License-Identifier: MIT */
#include "service.h"

#include <stdlib.h>

#define LOG_MODULE "agent"
#include "base/log.h"
#include "base/mem.h"
#include "message.h"

static void register_service(struct procjon_service *service);

struct procjon_service *service_new(const struct procjon_service_options *options)
{
    struct procjon_service *service = mem_zalloc(sizeof *service);
    uint64_t third_ms = (uint64_t)options->timeout * 1000 / 3;

    service->requested_code = PROCJON_SILENT;
    service->code = PROCJON_SILENT;
    service->ask = options->ask;
    service->arg = options->arg;
    service->name = mem_strdup(options->name);
    service->registration = message_registration(options, &service->registration_size);
    retry_init(&service->retry, third_ms < CHANNEL_RETRY_MAX_MS ? third_ms : CHANNEL_RETRY_MAX_MS,
               uv_hrtime());
    return service;
}

void service_free(struct procjon_service *service)
{
    free(service->registration);
    free(service->name);
    free(service);
}

/* ---- retries ---- */

static void on_timer(uv_timer_t *timer)
{
    register_service(container_of(timer, struct procjon_service, timer));
}

static void log_failure(struct procjon_service *service, const char *what, const struct status *status,
                        uint64_t wait_ms)
{
    enum log_level level = retry_is_permanent(status->code) ? LOG_ERROR : LOG_WARNING;

    if (service->logged_status == (int)status->code)
        level = LOG_DEBUG;
    service->logged_status = (int)status->code;
    if (log_enabled(level))
        log_at(level, LOG_MODULE, "%s service=%s status=%s reason=%s again_ms=%llu", what, service->name,
               status_name((int)status->code), status->message, (unsigned long long)wait_ms);
}

/* Without a connection no timer is needed: service_ready follows with the next one. */
static void retry_call(struct procjon_service *service, const char *what, const struct client_call_end *end,
                       bool at_once)
{
    uint64_t wait_ms;

    if (service->removing) {
        service_close(service);
        return;
    }
    if (service->registering != NULL || uv_is_active((uv_handle_t *)&service->timer))
        return; /* a retry is in flight already */
    wait_ms = retry_next(&service->retry, end, at_once);
    if (!channel_ready(service->channel)) {
        log_debug("%s service=%s reason=%s", what, service->name, end->status.message);
        return;
    }
    if (wait_ms > 0)
        log_failure(service, what, &end->status, wait_ms);
    (void)uv_timer_start(&service->timer, on_timer, wait_ms, 0);
}

/* The server's limit of concurrent streams is reached: the call was not made. */
static void on_stream_limit(struct procjon_service *service, const char *what)
{
    struct client_call_end end = {0};

    status_set(&end.status, STATUS_RESOURCE_EXHAUSTED, "the server takes no more calls on this connection");
    retry_call(service, what, &end, false);
}

/* ---- the stream ---- */

static void set_drained(struct procjon_service *service)
{
    if (service->drained)
        return;
    service->drained = true;
    service->ops->drained(service);
}

/*
 * At most one status is queued in the stream. While flow control holds it back, a newer status replaces the
 * one that is not in the stream yet, and on_sent sends it.
 */
static void push(struct procjon_service *service)
{
    uint8_t message[MESSAGE_STATUS_MAX];

    if (service->stream == NULL)
        return;
    if (service->pending && client_call_unsent(service->stream) == 0) {
        service->pending = false;
        client_call_send(service->stream, message, message_status(service->name, service->code, message));
    }
    if (service->draining && !service->pending)
        client_call_half_close(service->stream);
}

static void on_sent(struct client_call *call)
{
    struct procjon_service *service = client_call_owner(call);

    if (call == service->stream && service->pending)
        push(service);
}

static void on_stream_done(struct client_call *call, const struct client_call_end *end)
{
    struct procjon_service *service = client_call_owner(call);

    if (call == service->previous) {
        service->previous = NULL;
        return;
    }
    service->stream = NULL;
    if (service->draining && !service->pending && end->status.code == STATUS_OK)
        set_drained(service);
    else
        retry_call(service, "stream ended", end, end->refused || end->status.code == STATUS_NOT_FOUND);
}

static const struct client_call_ops stream_ops = {
    .sent = on_sent,
    .done = on_stream_done,
};

/*
 * A stream that a previous connection still has is half-closed after the new one has carried the status, so
 * that the server sees no gap between the two.
 */
static void open_stream(struct procjon_service *service)
{
    static const struct client_call_request request = {.path = "/Procjon/SendServiceStatus"};
    struct client_call *stream = channel_call(service->channel, &request, &stream_ops, service);
    struct client_call *previous = service->stream;

    if (stream == NULL) {
        on_stream_limit(service, "stream not opened");
        return;
    }
    service->stream = stream;
    service->periods = 0;
    service->pending = service->code != PROCJON_SILENT;
    push(service);
    if (previous == NULL)
        return;
    client_call_cancel(service->previous);
    service->previous = previous;
    client_call_half_close(previous);
}

/* ---- the registration ---- */

static void on_registered(struct client_call *call, const struct client_call_end *end)
{
    struct procjon_service *service = client_call_owner(call);

    service->registering = NULL;
    retry_count(&service->retry, end);
    if (end->status.code != STATUS_OK) {
        retry_call(service, "not registered", end, end->refused);
        return;
    }
    log_debug("registered service=%s", service->name);
    service->ops->registered(service);
    open_stream(service);
}

static const struct client_call_ops register_ops = {.done = on_registered};

static void register_service(struct procjon_service *service)
{
    const struct client_call_request request = {
        .path = "/Procjon/RegisterService",
        .timeout_ms = SERVICE_REGISTER_MS,
        .attempts = service->retry.attempts,
    };

    (void)uv_timer_stop(&service->timer);
    if (!channel_ready(service->channel) || service->drained || service->owner.closing)
        return;
    service->registering = channel_call(service->channel, &request, &register_ops, service);
    if (service->registering == NULL) {
        on_stream_limit(service, "not registered");
        return;
    }
    client_call_send(service->registering, service->registration, service->registration_size);
    client_call_half_close(service->registering);
}

/* ---- calls of the set ---- */

void service_open(struct procjon_service *service, uv_loop_t *loop, struct channel *channel,
                  const struct service_ops *ops)
{
    service->channel = channel;
    service->ops = ops;
    (void)uv_timer_init(loop, &service->timer);
    uvx_own(&service->owner, (uv_handle_t *)&service->timer);
    register_service(service);
}

void service_ready(struct procjon_service *service)
{
    client_call_cancel(service->registering);
    service->registering = NULL;
    retry_reset(&service->retry);
    register_service(service);
}

void service_update(struct procjon_service *service, int code)
{
    if (code == service->code || service->draining)
        return;
    service->code = code;
    service->pending = code != PROCJON_SILENT;
    push(service);
}

void service_beat(struct procjon_service *service)
{
    if (service->stream == NULL)
        return;
    /* The stream has lasted for a whole period: a failure from now on is a new one. */
    if (service->periods < 2 && ++service->periods == 2) {
        service->logged_status = 0;
        retry_reset(&service->retry);
    }
    if (service->code == PROCJON_SILENT || service->draining)
        return;
    service->pending = true;
    push(service);
}

void service_drain(struct procjon_service *service)
{
    if (service->draining)
        return;
    service->draining = true;
    if (service->code == PROCJON_SILENT && service->stream == NULL)
        set_drained(service);
    else
        push(service);
}

void service_remove(struct procjon_service *service)
{
    service->removing = true;
    if (service->stream == NULL && service->registering == NULL)
        service_close(service);
    else
        service_drain(service);
}

static void on_gone(struct uvx_owner *owner)
{
    struct procjon_service *service = container_of(owner, struct procjon_service, owner);

    service->ops->closed(service);
}

void service_close(struct procjon_service *service)
{
    client_call_cancel(service->registering);
    client_call_cancel(service->stream);
    client_call_cancel(service->previous);
    service->registering = NULL;
    service->stream = NULL;
    service->previous = NULL;
    uvx_owner_close(&service->owner, on_gone);
    uvx_shut((uv_handle_t *)&service->timer);
}
