/* SPDX-License-Identifier: MIT */
/*
 * set - the services of one agent: who comes, who goes, and what all of them are told.
 *
 * Embedded in the agent. service_set_add is for any thread, the rest for the agent's: another thread leaves
 * its requested_code in the service, or a newcomer here, and wakes the agent, which then calls
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
    /* One of them was registered. */
    void (*registered)(struct service_set *set);
    /* One more has left: service_set_is_drained may be true now. */
    void (*left)(struct service_set *set);
};

struct service_set {
    uv_loop_t *loop;
    struct channel *channel;
    const struct service_set_ops *ops;
    struct procjon_service *services; /* open ones, doubly linked */
    struct procjon_service *closed;   /* with the agent: kept for their owners until service_set_fini */
    bool leaving;
    uv_mutex_t mutex;
    struct procjon_service *added; /* under the mutex: singly linked */
};

void service_set_init(struct service_set *set, uv_loop_t *loop, struct channel *channel,
                      const struct service_set_ops *ops);

/* After the loop has ended. */
void service_set_fini(struct service_set *set);

/* Hands the service over. */
void service_set_add(struct service_set *set, struct procjon_service *service);

/* Takes in added and wishes. */
void service_set_apply_requests(struct service_set *set);

/* To every service: a new connection; the period is over; it is time to leave; it is over. */
void service_set_ready(struct service_set *set);
void service_set_beat(struct service_set *set);
void service_set_drain(struct service_set *set);
void service_set_close(struct service_set *set);

/* Whether the last status of every service is with the server. */
bool service_set_is_drained(const struct service_set *set);

/* Says in the log for which it is not. */
void service_set_log_undelivered(const struct service_set *set);

#endif
