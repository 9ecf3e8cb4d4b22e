/* SPDX-License-Identifier: MIT */
/*
 * queue - one sink by name, with all that waits for it: held back, or in its outbox.
 *
 * Allocated by sink_queue_open, freed by itself right before `closed`. Each has its own order, limiter and
 * back-off, so that a slow or dead sink delays no other. Loop thread only.
 *
 * A sink counts as dead when it says that it takes nothing any more, or has failed for SINK_QUEUE_DEAD_MS.
 */
#ifndef PROCJON_NOTIFY_SINK_QUEUE_H
#define PROCJON_NOTIFY_SINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "notify/hold.h"
#include "notify/outbox.h"

/* Retries come every minute by then: shorter troubles pass, and are in the log. */
#define SINK_QUEUE_DEAD_MS 600000
/* A sink that dies again and again is worth one message per this time. */
#define SINK_QUEUE_DEAD_AGAIN_MS 3600000

struct sink_queue;

struct sink_queue_ops {
    /* As of the outbox, with one more outcome: "recovered_in_time", a state that did not last. Never from
     * inside sink_queue_add.
     */
    void (*settled)(struct sink_queue *queue, const uint64_t *ids, size_t count, const char *outcome);
    /* Asks for sink_queue_heard when the service has reported so often: at once if it has. */
    void (*awaits)(struct sink_queue *queue, const char *service, uint64_t reports);
    /* The sink is dead, for the reason given, or (NULL) takes messages again after that was said. */
    void (*died)(struct sink_queue *queue, const char *reason);
    void (*closed)(void *arg);
};

struct sink_queue {
    struct uvx_owner owner; /* the timer, and a hold for the outbox */
    const struct sink_queue_ops *ops;
    void *arg;
    struct sink_queue *next; /* its router's */
    char *name;
    struct outbox outbox;
    struct hold hold;
    uv_timer_t due;     /* of the hold; 0 ms when something in `brief` is to be settled */
    int64_t due_ms;     /* while it is active */
    struct ids brief;   /* to be settled */
    uint64_t failed_ms; /* uv_now when the sink began to fail; 0: it does not */
    uint64_t died_ms;   /* uv_now when its death was last told; 0: never */
    bool dead;          /* and that was told */
    bool closing;
};

int sink_queue_open(struct sink_queue **opened, uv_loop_t *loop, const char *name,
                    const struct sink_config *address, const struct sink_queue_ops *ops, void *arg,
                    struct err *err);

/* The sink is elsewhere now, or is to be tried again at once. On error the old address stays. */
int sink_queue_change(struct sink_queue *queue, const struct sink_config *address, struct err *err);

/* The notice is told when what it says is good, or has lasted for long enough. */
void sink_queue_add(struct sink_queue *queue, const struct event *event, struct patience patience);

/* The service has reported so often, and all that it changed by that was added. */
void sink_queue_heard(struct sink_queue *queue, const char *service, uint64_t reports);

/* Notices not settled yet. */
size_t sink_queue_waiting(const struct sink_queue *queue);

/* As outbox_close; frees the queue. */
void sink_queue_close(struct sink_queue *queue, uint64_t grace_ms);

#endif
