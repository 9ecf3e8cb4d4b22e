/* SPDX-License-Identifier: MIT */
#define LOG_MODULE "agent"
#include "service.h"

#include <stdlib.h>

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

/* ---- trying again ---- */

static void on_timer(uv_timer_t *timer)
{
    register_service(container_of(timer, struct procjon_service, timer));
}

static void complain(struct procjon_service *service, const char *what, const struct status *status,
                     uint64_t wait_ms)
{
    enum log_level level = retry_is_hard(status->code) ? LOG_ERROR : LOG_WARNING;

    if (service->complained == (int)status->code)
        level = LOG_DEBUG;
    service->complained = (int)status->code;
    if (log_enabled(level))
        log_at(level, LOG_MODULE, "%s service=%s status=%s reason=%s again_ms=%llu", what, service->name,
               status_name((int)status->code), status->message, (unsigned long long)wait_ms);
}

/* Without a connection there is nothing to do: service_ready comes with the next one. */
static void try_again(struct procjon_service *service, const char *what, const struct client_call_end *end,
                      bool at_once)
{
    uint64_t wait_ms;

    if (service->removing) {
        service_close(service);
        return;
    }
    if (service->registering != NULL || uv_is_active((uv_handle_t *)&service->timer))
        return; /* a new stream is on its way already */
    wait_ms = retry_next(&service->retry, end, at_once);
    if (!channel_ready(service->channel)) {
        log_debug("%s service=%s reason=%s", what, service->name, end->status.message);
        return;
    }
    if (wait_ms > 0)
        complain(service, what, &end->status, wait_ms);
    (void)uv_timer_start(&service->timer, on_timer, wait_ms, 0);
}

/* The connection has no room for a call: it was never made. */
static void wait_for_room(struct procjon_service *service, const char *what)
{
    struct client_call_end end = {0};

    status_set(&end.status, STATUS_RESOURCE_EXHAUSTED, "the server takes no more calls on this connection");
    try_again(service, what, &end, false);
}

/* ---- the stream ---- */

static void leave_now(struct procjon_service *service)
{
    if (service->left)
        return;
    service->left = true;
    service->ops->left(service);
}

/*
 * At most one status waits in the stream: while the connection takes none, a newer one replaces what is not
 * in it yet, and on_sent comes when there is room.
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
    if (service->leaving && !service->pending)
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

    if (call == service->former) {
        service->former = NULL;
        return;
    }
    service->stream = NULL;
    if (service->leaving && !service->pending && end->status.code == STATUS_OK)
        leave_now(service);
    else
        try_again(service, "stream ended", end, end->refused || end->status.code == STATUS_NOT_FOUND);
}

static const struct client_call_ops stream_ops = {
    .sent = on_sent,
    .done = on_stream_done,
};

/*
 * The stream on the last connection, if there is one, says everything until here, and ends only when the
 * server has the status from the new one.
 */
static void open_stream(struct procjon_service *service)
{
    static const struct client_call_request request = {.path = "/Procjon/SendServiceStatus"};
    struct client_call *stream = channel_call(service->channel, &request, &stream_ops, service);
    struct client_call *last = service->stream;

    if (stream == NULL) {
        wait_for_room(service, "stream not opened");
        return;
    }
    service->stream = stream;
    service->beats = 0;
    service->pending = service->code != PROCJON_SILENT;
    push(service);
    if (last == NULL)
        return;
    client_call_cancel(service->former);
    service->former = last;
    client_call_half_close(last);
}

/* ---- the registration ---- */

static void on_registered(struct client_call *call, const struct client_call_end *end)
{
    struct procjon_service *service = client_call_owner(call);

    service->registering = NULL;
    retry_count(&service->retry, end);
    if (end->status.code != STATUS_OK) {
        try_again(service, "not registered", end, end->refused);
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
    if (!channel_ready(service->channel) || service->left || service->owner.closing)
        return;
    service->registering = channel_call(service->channel, &request, &register_ops, service);
    if (service->registering == NULL) {
        wait_for_room(service, "not registered");
        return;
    }
    client_call_send(service->registering, service->registration, service->registration_size);
    client_call_half_close(service->registering);
}

/* ---- what the agent tells ---- */

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

void service_set(struct procjon_service *service, int code)
{
    if (code == service->code || service->leaving)
        return;
    service->code = code;
    service->pending = code != PROCJON_SILENT;
    push(service);
}

void service_beat(struct procjon_service *service)
{
    if (service->stream == NULL)
        return;
    /* The stream has lasted for a whole period: what comes now is a new trouble, not the last one again. */
    if (service->beats < 2 && ++service->beats == 2) {
        service->complained = 0;
        retry_reset(&service->retry);
    }
    if (service->code == PROCJON_SILENT || service->leaving)
        return;
    service->pending = true;
    push(service);
}

void service_drain(struct procjon_service *service)
{
    if (service->leaving)
        return;
    service->leaving = true;
    if (service->code == PROCJON_SILENT && service->stream == NULL)
        leave_now(service);
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
    client_call_cancel(service->former);
    service->registering = NULL;
    service->stream = NULL;
    service->former = NULL;
    uvx_owner_close(&service->owner, on_gone);
    uvx_shut((uv_handle_t *)&service->timer);
}
