/* SPDX-License-Identifier: MIT */
/*
 * service_set - the services of one agent: additions, removals, and events for all of them.
 *
 * Embedded in the agent. service_set_add is for any thread, everything else for the agent's thread. Another
 * thread stores its request in the service, or adds a service here, and wakes the agent, which then calls
 * service_set_apply_requests.
 */
#ifndef PROCJON_LIB_SERVICE_SET_H
#define PROCJON_LIB_SERVICE_SET_H

#include <stdbool.h>
#include <uv.h>

#include "grpc/channel.h"
#include "service.h"

struct service_set;

struct service_set_ops {
    /* The server has accepted a registration. */
    void (*registered)(struct service_set *set);
    /* One more service is drained: service_set_is_drained may be true now. */
    void (*drained)(struct service_set *set);
};

struct service_set {
    uv_loop_t *loop;
    struct channel *channel;
    const struct service_set_ops *ops;
    struct procjon_service *services; /* open, doubly linked */
    struct procjon_service
        *closed; /* closed, but not removed: their pointers are valid until service_set_fini */
    bool draining;
    uv_mutex_t mutex;
    struct procjon_service *added; /* under the mutex: singly linked */
};

void service_set_init(struct service_set *set, uv_loop_t *loop, struct channel *channel,
                      const struct service_set_ops *ops);

/* After the loop has ended. */
void service_set_fini(struct service_set *set);

/* Takes ownership of the service. Any thread. */
void service_set_add(struct service_set *set, struct procjon_service *service);

/* Opens the added services, and applies the codes and removals that other threads requested. */
void service_set_apply_requests(struct service_set *set);

/* For every service: a new connection, a new period, the drain, the close. See service.h. */
void service_set_ready(struct service_set *set);
void service_set_beat(struct service_set *set);
void service_set_drain(struct service_set *set);
void service_set_close(struct service_set *set);

/* Whether the server has the last status of every service. */
bool service_set_is_drained(const struct service_set *set);

/* Logs the services whose last status it does not have. */
void service_set_log_undelivered(const struct service_set *set);

#endif
