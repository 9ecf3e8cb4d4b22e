/* SPDX-License-Identifier: MIT */
#define LOG_MODULE "agent"
#include "procjon/agent.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_loop.h"
#include "base/log.h"
#include "base/mem.h"
#include "message.h"
#include "sdnotify.h"
#include "service.h"
#include "turn.h"

/* More places to try than anybody has servers. */
#define ENDPOINTS_MAX 16
/* No stop was asked for. */
#define STOP_NEVER UINT_MAX
/* Periods that systemd is asked to wait longer, each period, while there is no server to register with. */
#define EXTEND_PERIODS 3

enum phase { RUNNING, LEAVING, CLOSING, CLOSED };

struct procjon_agent {
    uv_loop_t loop;
    struct turn turn;
    struct uvx_owner owner;
    uv_async_t async;     /* another thread, or a callback, wants something */
    uv_timer_t beat;      /* the period */
    uv_timer_t deadline;  /* of the end */
    uv_timer_t watchdog;  /* systemd's */
    struct channel channel;
    struct procjon_service *services; /* open ones, doubly linked */
    uint64_t period_ms;
    uint64_t leaving_ms; /* uv_now when the end began */
    struct sdnotify notify;
    enum phase phase;
    bool told_ready; /* systemd */
    int result;

    _Atomic unsigned stop_ms; /* shared: how long the end may take, or STOP_NEVER */
    uv_mutex_t mutex;
    struct procjon_service *newcomers; /* shared, under the mutex: singly linked, the last one first */
};

static int explain(struct procjon_error *error, const struct err *err)
{
    if (error != NULL)
        (void)snprintf(error->message, sizeof error->message, "%s", err->msg);
    return err->code;
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

static void close_all(struct procjon_agent *agent)
{
    if (agent->phase >= CLOSING)
        return;
    agent->phase = CLOSING;
    for (struct procjon_service *service = agent->services; service != NULL; service = service->next)
        service_close(service);
    channel_close(&agent->channel);
    uvx_shut((uv_handle_t *)&agent->async);
    uvx_shut((uv_handle_t *)&agent->beat);
    uvx_shut((uv_handle_t *)&agent->deadline);
    uvx_shut((uv_handle_t *)&agent->watchdog);
}

/* Everybody has left: the agent may go. */
static void check_left(struct procjon_agent *agent)
{
    for (const struct procjon_service *service = agent->services; service != NULL; service = service->next) {
        if (!service->left)
            return;
    }
    agent->result = 0;
    close_all(agent);
}

static void on_deadline(uv_timer_t *timer)
{
    struct procjon_agent *agent = container_of(timer, struct procjon_agent, deadline);

    for (const struct procjon_service *service = agent->services; service != NULL; service = service->next) {
        if (!service->left)
            log_warning("last status not delivered in time service=%s", service->name);
    }
    close_all(agent);
}

static void leave(struct procjon_agent *agent, unsigned wait_ms)
{
    uint64_t now = uv_now(&agent->loop);
    uint64_t due;

    if (agent->phase == RUNNING) {
        agent->phase = LEAVING;
        agent->leaving_ms = now;
        agent->result = -ETIMEDOUT;
        sdnotify_send(&agent->notify, "STOPPING=1");
        (void)uv_timer_stop(&agent->beat);
        for (struct procjon_service *service = agent->services; service != NULL; service = service->next)
            service_leave(service);
    }
    due = agent->leaving_ms + wait_ms;
    (void)uv_timer_start(&agent->deadline, on_deadline, due > now ? due - now : 0, 0);
    check_left(agent);
}

/* ---- services ----------------------------------------------------------------------------------------------- */

static void on_service_registered(struct procjon_service *service)
{
    struct procjon_agent *agent = service->agent;

    if (agent->told_ready)
        return;
    agent->told_ready = true;
    sdnotify_send(&agent->notify, "READY=1");
}

static void on_service_left(struct procjon_service *service)
{
    if (service->unwanted)
        service_close(service);
    else if (service->agent->phase == LEAVING)
        check_left(service->agent);
}

static void unlink_service(struct procjon_service *service)
{
    if (service->next != NULL)
        service->next->prev = service->prev;
    if (service->prev != NULL)
        service->prev->next = service->next;
    else
        service->agent->services = service->next;
}

static void on_service_closed(struct procjon_service *service)
{
    struct procjon_agent *agent = service->agent;

    unlink_service(service);
    service_free(service);
    if (agent->phase == LEAVING)
        check_left(agent);
}

static const struct service_ops service_ops = {
    .registered = on_service_registered,
    .left = on_service_left,
    .closed = on_service_closed,
};

static void link_service(struct procjon_agent *agent, struct procjon_service *service)
{
    service->prev = NULL;
    service->next = agent->services;
    if (agent->services != NULL)
        agent->services->prev = service;
    agent->services = service;
}

/* An agent must be back in time for the service that is missed first. */
static void shorten_retry(struct procjon_agent *agent, const struct procjon_service *service)
{
    if (service->retry_max_ms < agent->channel.backoff.max)
        channel_retry_max(&agent->channel, service->retry_max_ms);
}

static void welcome(struct procjon_agent *agent)
{
    struct procjon_service *service;

    uv_mutex_lock(&agent->mutex);
    service = agent->newcomers;
    agent->newcomers = NULL;
    uv_mutex_unlock(&agent->mutex);
    while (service != NULL) {
        struct procjon_service *next = service->next;

        link_service(agent, service);
        shorten_retry(agent, service);
        service_open(service, &agent->loop, &agent->channel, &service_ops);
        if (service->ask != NULL)
            service_set(service, service->ask(service->arg));
        if (agent->phase == LEAVING)
            service_leave(service);
        service = next;
    }
}

/* What the other threads wished: the last word of each. */
static void grant(struct procjon_service *service)
{
    if (service->ask == NULL)
        service_set(service, service->wish);
    if (!service->unwanted || service->owner.closing)
        return;
    service_leave(service);
    if (!service->left && !service_can_leave(service))
        service_close(service);
}

static void on_async(uv_async_t *async)
{
    struct procjon_agent *agent = container_of(async, struct procjon_agent, async);
    unsigned stop_ms = agent->stop_ms;

    welcome(agent);
    for (struct procjon_service *service = agent->services; service != NULL; service = service->next)
        grant(service);
    if (stop_ms != STOP_NEVER)
        leave(agent, stop_ms);
}

static void on_beat(uv_timer_t *timer)
{
    struct procjon_agent *agent = container_of(timer, struct procjon_agent, beat);

    if (!agent->told_ready)
        sdnotify_send(&agent->notify, "EXTEND_TIMEOUT_USEC=%llu",
                      (unsigned long long)(EXTEND_PERIODS * agent->period_ms * 1000));
    for (struct procjon_service *service = agent->services; service != NULL; service = service->next) {
        if (service->ask != NULL && !service->unwanted)
            service_set(service, service->ask(service->arg));
        service_beat(service);
    }
}

static void on_watchdog(uv_timer_t *timer)
{
    sdnotify_send(&container_of(timer, struct procjon_agent, watchdog)->notify, "WATCHDOG=1");
}

/* ---- the connection ----------------------------------------------------------------------------------------- */

static void on_ready(struct channel *channel)
{
    struct procjon_agent *agent = container_of(channel, struct procjon_agent, channel);

    sdnotify_send(&agent->notify, "STATUS=connected to %s", channel_peer(channel));
    for (struct procjon_service *service = agent->services; service != NULL; service = service->next)
        service_ready(service);
}

static void on_lost(struct channel *channel, const struct err *err)
{
    struct procjon_agent *agent = container_of(channel, struct procjon_agent, channel);

    sdnotify_send(&agent->notify, "STATUS=not connected: %s", err->msg);
}

static void on_channel_closed(struct channel *channel)
{
    uvx_drop(&container_of(channel, struct procjon_agent, channel)->owner);
}

static const struct channel_ops channel_ops = {
    .ready = on_ready,
    .lost = on_lost,
    .closed = on_channel_closed,
};

static void on_gone(struct uvx_owner *owner)
{
    container_of(owner, struct procjon_agent, owner)->phase = CLOSED;
}

/* ---- the interface ------------------------------------------------------------------------------------------ */

void procjon_agent_defaults(struct procjon_agent_options *options)
{
    *options = (struct procjon_agent_options){.period_ms = 4000};
}

void procjon_service_defaults(struct procjon_service_options *options)
{
    *options = (struct procjon_service_options){.timeout = 10};
}
