/* SPDX-License-Identifier: MIT */
/*
 * crew - the services of one agent: who comes, who goes, and what all of them are told.
 *
 * Embedded in the agent. crew_add is for any thread, the rest for the agent's: another thread leaves its wish
 * in the service, or a newcomer here, and wakes the agent, which then calls crew_listen.
 */
#ifndef PROCJON_LIB_CREW_H
#define PROCJON_LIB_CREW_H

#include <stdbool.h>
#include <uv.h>

#include "grpc/channel.h"
#include "service.h"

struct crew;

struct crew_ops {
    /* One of them was registered. */
    void (*registered)(struct crew *crew);
    /* One more has left: crew_has_left may be true now. */
    void (*left)(struct crew *crew);
};

struct crew {
    uv_loop_t *loop;
    struct channel *channel;
    const struct crew_ops *ops;
    struct procjon_service *services; /* open ones, doubly linked */
    struct procjon_service *closed;   /* with the agent: kept for their owners until crew_fini */
    bool leaving;
    uv_mutex_t mutex;
    struct procjon_service *newcomers; /* under the mutex: singly linked */
};

void crew_init(struct crew *crew, uv_loop_t *loop, struct channel *channel, const struct crew_ops *ops);

/* After the loop has ended. */
void crew_fini(struct crew *crew);

/* Hands the service over. */
void crew_add(struct crew *crew, struct procjon_service *service);

/* Takes in newcomers and wishes. */
void crew_listen(struct crew *crew);

/* To every service: a new connection; the period is over; it is time to leave; it is over. */
void crew_ready(struct crew *crew);
void crew_beat(struct crew *crew);
void crew_leave(struct crew *crew);
void crew_close(struct crew *crew);

/* Whether the last status of every service is with the server. */
bool crew_has_left(const struct crew *crew);

/* Says in the log for which it is not. */
void crew_complain(const struct crew *crew);

#endif
