/* SPDX-License-Identifier: MIT */
/*
 * service - one service of an agent: its registration, its stream and its status.
 *
 * Allocated by service_new, owned and freed by its service_set; after service_close the memory must stay
 * until `closed` was called. The agent's thread only, except for the fields marked "any thread", by which
 * other threads make requests.
 *
 *      RegisterService ──OK──▶ SendServiceStatus ──any end──▶ RegisterService, at once or after a back-off
 *
 * Each service has a stream of its own: a rejected one does not disturb the others, and its half-close is
 * answered separately. Only that answer confirms that the server has received the last status.
 */
#ifndef PROCJON_LIB_SERVICE_H
#define PROCJON_LIB_SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/uvx.h"
#include "grpc/channel.h"
#include "procjon/agent.h"
#include "retry.h"

/* Deadline of RegisterService, in which the server commits the registration to disk. */
#define SERVICE_REGISTER_MS 10000

struct service_set;

struct service_ops {
    /* The server has accepted the registration. */
    void (*registered)(struct procjon_service *service);
    /* After service_drain, perhaps inside it: the server has the last status, or there is none. */
    void (*drained)(struct procjon_service *service);
    /* The memory may be freed. */
    void (*closed)(struct procjon_service *service);
};

struct procjon_service {
    struct uvx_owner owner;
    uv_timer_t timer;                    /* of the back-off */
    struct service_set *set;             /* not owned */
    struct procjon_service *next, *prev; /* in the set's list */
    _Atomic int requested_code;          /* any thread: a code, or PROCJON_SILENT */
    _Atomic bool removal_requested;      /* any thread */
    int (*ask)(void *arg);
    void *arg;

    struct channel *channel; /* NULL: not opened yet */
    const struct service_ops *ops;
    char *name;            /* owned */
    uint8_t *registration; /* owned: the request, encoded once */
    size_t registration_size;
    struct retry retry;
    struct client_call *registering; /* NULL: none is open */
    struct client_call *stream;      /* that carries the statuses */
    struct client_call *previous;    /* the stream before it, half-closed, until the server answers */
    int code;                        /* PROCJON_SILENT: no status is reported */
    unsigned periods;                /* begun since the stream was opened, at most 2 */
    bool pending;                    /* the code is to be sent and not in the stream yet */
    bool draining, drained;
    bool removing;     /* closes after the drain, and does not retry */
    int logged_status; /* gRPC status of the last failure, which is not logged again; 0: none */
};

/* Not opened yet; of options that message_check has passed. Any thread. */
struct procjon_service *service_new(const struct procjon_service_options *options);
/* Only before service_open, or after `closed`. */
void service_free(struct procjon_service *service);

/* Registers at once if the channel is ready. */
void service_open(struct procjon_service *service, uv_loop_t *loop, struct channel *channel,
                  const struct service_ops *ops);

/* The channel has a new connection: ends any back-off and registers on it. */
void service_ready(struct procjon_service *service);

/* Sets the status; a changed code is sent at once. */
void service_update(struct procjon_service *service, int code);

/* A period has begun: sends the status again. */
void service_beat(struct procjon_service *service);

/* Half-closes the stream when the last status is in it, and retries until it is confirmed by `drained`. */
void service_drain(struct procjon_service *service);

/* Drains without a retry, then closes; closes at once if no call is open. Idempotent. */
void service_remove(struct procjon_service *service);

/* Cancels the open calls. Idempotent. */
void service_close(struct procjon_service *service);

#endif
