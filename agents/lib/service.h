/* SPDX-License-Identifier: MIT */
/*
 * service - one service of an agent: it registers, keeps a stream, and says its status there.
 *
 * Made for and freed by its set; after service_close the memory must stay until `closed` was called. The
 * agent's thread only, but for what is marked as shared: that is how the other threads say what they want.
 *
 *      RegisterService ──OK──▶ SendServiceStatus ──any end──▶ RegisterService, at once or after a wait
 *
 * Each service has a stream of its own: one that is refused disturbs no other, and its half-close can be
 * answered for it alone. That answer, and nothing earlier, says that the last status has reached the server.
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

/* How long the server may take to put a registration on disk. */
#define SERVICE_REGISTER_MS 10000

struct service_set;

struct service_ops {
    void (*registered)(struct procjon_service *service);
    /* It was told to leave, and has: there is nothing to say, or the server has it. */
    void (*left)(struct procjon_service *service);
    void (*closed)(struct procjon_service *service);
};

struct procjon_service {
    struct uvx_owner owner;
    uv_timer_t timer;                    /* until the next try */
    struct service_set *set;             /* whose it is */
    struct procjon_service *next, *prev; /* its list */
    _Atomic int requested_code;          /* shared: the code, or PROCJON_SILENT */
    _Atomic bool removal_requested;      /* shared: to be removed */
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
    struct client_call *former;      /* the one before it, half-closed, until the server has answered */
    int code;                        /* PROCJON_SILENT: nothing to say */
    unsigned beats;                  /* since the stream was opened, at most 2 */
    bool pending;                    /* the code is not in the stream yet */
    bool leaving, left;
    bool removing;  /* leaves for good, and does not try again */
    int complained; /* the status code that the log has already; 0: none */
};

/* A service that is not opened yet, of options that were checked. Any thread. */
struct procjon_service *service_new(const struct procjon_service_options *options);
/* Only before service_open, or after `closed`. */
void service_free(struct procjon_service *service);

/* Begins; registers at once if the channel is ready. */
void service_open(struct procjon_service *service, uv_loop_t *loop, struct channel *channel,
                  const struct service_ops *ops);

/* A new connection is there. */
void service_ready(struct procjon_service *service);

/* Sent at once if it is another one. */
void service_set(struct procjon_service *service, int code);

/* Says the status again. */
void service_beat(struct procjon_service *service);

/* Half-closes when the status is said, and tries until it is; ends in `left`, perhaps from inside the call.
 */
void service_drain(struct procjon_service *service);

/* Leaves if that takes no more than the server's answers; otherwise, and after it, closes. Idempotent. */
void service_remove(struct procjon_service *service);

/* Cancels what is open. Idempotent, as every function here after it. */
void service_close(struct procjon_service *service);

#endif
