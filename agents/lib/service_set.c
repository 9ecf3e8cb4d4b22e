/* SPDX-License-Identifier: MIT */
#include "service_set.h"

#include <assert.h>

#define LOG_MODULE "agent"
#include "base/log.h"

void service_set_init(struct service_set *set, uv_loop_t *loop, struct channel *channel,
                      const struct service_set_ops *ops)
{
    int code;

    *set = (struct service_set){.loop = loop, .channel = channel, .ops = ops};
    code = uv_mutex_init(&set->mutex);
    assert(code == 0); /* a default mutex needs no resources */
}

static void free_all(struct procjon_service *services)
{
    while (services != NULL) {
        struct procjon_service *next = services->next;

        service_free(services);
        services = next;
    }
}

void service_set_fini(struct service_set *set)
{
    assert(set->services == NULL);
    free_all(set->added);
    free_all(set->closed);
    uv_mutex_destroy(&set->mutex);
}

void service_set_add(struct service_set *set, struct procjon_service *service)
{
    service->set = set;
    uv_mutex_lock(&set->mutex);
    service->next = set->added;
    set->added = service;
    uv_mutex_unlock(&set->mutex);
}

static void on_registered(struct procjon_service *service)
{
    service->set->ops->registered(service->set);
}

static void on_drained(struct procjon_service *service)
{
    if (service->removal_requested)
        service_close(service);
    else
        service->set->ops->drained(service->set);
}

/* Called from the loop only, so that no iteration over the list is in progress. The pointer of a service that
 * was not removed stays valid. */
static void on_closed(struct procjon_service *service)
{
    struct service_set *set = service->set;

    if (service->next != NULL)
        service->next->prev = service->prev;
    if (service->prev != NULL)
        service->prev->next = service->next;
    else
        set->services = service->next;
    if (service->removal_requested) {
        service_free(service);
    } else {
        service->next = set->closed;
        set->closed = service;
    }
    if (set->draining)
        set->ops->drained(set);
}

static const struct service_ops service_ops = {
    .registered = on_registered,
    .drained = on_drained,
    .closed = on_closed,
};

static void ask(struct procjon_service *service)
{
    if (service->ask != NULL && !service->removal_requested)
        service_update(service, service->ask(service->arg));
}

static void open_added(struct service_set *set, struct procjon_service *service)
{
    service->prev = NULL;
    service->next = set->services;
    if (set->services != NULL)
        set->services->prev = service;
    set->services = service;
    /* The agent must reconnect before the shortest timeout is over. */
    channel_retry_max(set->channel, service->retry.longest_ms);
    service_open(service, set->loop, set->channel, &service_ops);
    ask(service);
}

/* Of a service whose code was set several times the last one counts. */
static void apply_requests(struct procjon_service *service)
{
    if (service->owner.closing)
        return;
    if (service->ask == NULL)
        service_update(service, service->requested_code);
    if (service->removal_requested)
        service_remove(service);
    else if (service->set->draining)
        service_drain(service);
}

void service_set_apply_requests(struct service_set *set)
{
    struct procjon_service *service;

    uv_mutex_lock(&set->mutex);
    service = set->added;
    set->added = NULL;
    uv_mutex_unlock(&set->mutex);
    while (service != NULL) {
        struct procjon_service *next = service->next;

        open_added(set, service);
        service = next;
    }
    for (service = set->services; service != NULL; service = service->next)
        apply_requests(service);
}

void service_set_ready(struct service_set *set)
{
    for (struct procjon_service *service = set->services; service != NULL; service = service->next)
        service_ready(service);
}

void service_set_beat(struct service_set *set)
{
    for (struct procjon_service *service = set->services; service != NULL; service = service->next) {
        ask(service);
        service_beat(service);
    }
}

void service_set_drain(struct service_set *set)
{
    set->draining = true;
    for (struct procjon_service *service = set->services; service != NULL; service = service->next)
        service_drain(service);
}

void service_set_close(struct service_set *set)
{
    set->draining = false; /* no `drained` from here on */
    for (struct procjon_service *service = set->services; service != NULL; service = service->next)
        service_close(service);
}

bool service_set_is_drained(const struct service_set *set)
{
    for (const struct procjon_service *service = set->services; service != NULL; service = service->next) {
        if (!service->drained)
            return false;
    }
    return true;
}

void service_set_log_undelivered(const struct service_set *set)
{
    for (const struct procjon_service *service = set->services; service != NULL; service = service->next) {
        if (!service->drained)
            log_warning("last status not delivered in time service=%s", service->name);
    }
}
