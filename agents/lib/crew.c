/* SPDX-License-Identifier: MIT */
#define LOG_MODULE "agent"
#include "crew.h"

#include <assert.h>

#include "base/log.h"

void crew_init(struct crew *crew, uv_loop_t *loop, struct channel *channel, const struct crew_ops *ops)
{
    int code;

    *crew = (struct crew){.loop = loop, .channel = channel, .ops = ops};
    code = uv_mutex_init(&crew->mutex);
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

void crew_fini(struct crew *crew)
{
    assert(crew->services == NULL);
    free_all(crew->newcomers);
    free_all(crew->closed);
    uv_mutex_destroy(&crew->mutex);
}

void crew_add(struct crew *crew, struct procjon_service *service)
{
    service->crew = crew;
    uv_mutex_lock(&crew->mutex);
    service->next = crew->newcomers;
    crew->newcomers = service;
    uv_mutex_unlock(&crew->mutex);
}

static void on_registered(struct procjon_service *service)
{
    service->crew->ops->registered(service->crew);
}

static void on_left(struct procjon_service *service)
{
    if (service->unwanted)
        service_close(service);
    else
        service->crew->ops->left(service->crew);
}

/* Always from the loop: nobody is walking over the list. Who has not removed it may still set it. */
static void on_closed(struct procjon_service *service)
{
    struct crew *crew = service->crew;

    if (service->next != NULL)
        service->next->prev = service->prev;
    if (service->prev != NULL)
        service->prev->next = service->next;
    else
        crew->services = service->next;
    if (service->unwanted) {
        service_free(service);
    } else {
        service->next = crew->closed;
        crew->closed = service;
    }
    if (crew->leaving)
        crew->ops->left(crew);
}

static const struct service_ops service_ops = {
    .registered = on_registered,
    .left = on_left,
    .closed = on_closed,
};

static void ask(struct procjon_service *service)
{
    if (service->ask != NULL && !service->unwanted)
        service_set(service, service->ask(service->arg));
}

static void welcome(struct crew *crew, struct procjon_service *service)
{
    service->prev = NULL;
    service->next = crew->services;
    if (crew->services != NULL)
        crew->services->prev = service;
    crew->services = service;
    /* An agent must be back in time for the service that is missed first. */
    channel_retry_max(crew->channel, service->retry.longest_ms);
    service_open(service, crew->loop, crew->channel, &service_ops);
    ask(service);
}

/* What other threads wished: the last word of each. */
static void grant(struct procjon_service *service)
{
    if (service->owner.closing)
        return;
    if (service->ask == NULL)
        service_set(service, service->wish);
    if (service->unwanted)
        service_dismiss(service);
    else if (service->crew->leaving)
        service_leave(service);
}

void crew_listen(struct crew *crew)
{
    struct procjon_service *service;

    uv_mutex_lock(&crew->mutex);
    service = crew->newcomers;
    crew->newcomers = NULL;
    uv_mutex_unlock(&crew->mutex);
    while (service != NULL) {
        struct procjon_service *next = service->next;

        welcome(crew, service);
        service = next;
    }
    for (service = crew->services; service != NULL; service = service->next)
        grant(service);
}

void crew_ready(struct crew *crew)
{
    for (struct procjon_service *service = crew->services; service != NULL; service = service->next)
        service_ready(service);
}

void crew_beat(struct crew *crew)
{
    for (struct procjon_service *service = crew->services; service != NULL; service = service->next) {
        ask(service);
        service_beat(service);
    }
}

void crew_leave(struct crew *crew)
{
    crew->leaving = true;
    for (struct procjon_service *service = crew->services; service != NULL; service = service->next)
        service_leave(service);
}

void crew_close(struct crew *crew)
{
    crew->leaving = false; /* nobody is waited for any more */
    for (struct procjon_service *service = crew->services; service != NULL; service = service->next)
        service_close(service);
}

bool crew_has_left(const struct crew *crew)
{
    for (const struct procjon_service *service = crew->services; service != NULL; service = service->next) {
        if (!service->left)
            return false;
    }
    return true;
}

void crew_complain(const struct crew *crew)
{
    for (const struct procjon_service *service = crew->services; service != NULL; service = service->next) {
        if (!service->left)
            log_warning("last status not delivered in time service=%s", service->name);
    }
}
