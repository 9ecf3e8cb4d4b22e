/* SPDX-License-Identifier: MIT */
/*
 * sink_queue - one sink by name, with its outbox and what is known of its health.
 *
 * Allocated by sink_queue_open, freed by itself right before `closed`. Each sink has its own order, send
 * limiter and back-off, so that a slow or failing sink delays no other. Loop thread only.
 *
 * A sink counts as failed when it says that it takes nothing any more, or when no message was delivered for
 * SINK_QUEUE_FAILED_MS of retries.
 */
#ifndef PROCJON_NOTIFY_SINK_QUEUE_H
#define PROCJON_NOTIFY_SINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "notify/outbox.h"

/* Retries come every minute by then; shorter failures pass, and are in the log. */
#define SINK_QUEUE_FAILED_MS 600000
/* A sink that fails again and again is reported at most once in this time. */
#define SINK_QUEUE_REPORT_MS 3600000

struct sink_queue;

struct sink_queue_ops {
    /* As of the outbox. */
    void (*settled)(struct sink_queue *queue, const uint64_t *ids, size_t count, const char *outcome);
    /* The sink has failed, for the reason given, or (NULL) takes messages again after that was reported. */
    void (*failed)(struct sink_queue *queue, const char *reason);
    /* The queue is freed. */
    void (*closed)(void *arg, unsigned index);
};

struct sink_queue {
    const struct sink_queue_ops *ops;
    void *arg;
    unsigned index; /* its router's */
    char *name;
    struct outbox outbox;
    uint64_t failing_since_ms; /* uv_now of the first failure in a row; 0: the last message was delivered */
    uint64_t reported_ms;      /* uv_now when its failure was last reported; 0: never */
    bool reported;             /* and it has not recovered since */
};

int sink_queue_open(struct sink_queue **queue, uv_loop_t *loop, unsigned index, const char *name,
                    const struct sink_config *config, const struct sink_queue_ops *ops, void *arg,
                    struct err *err);

/* Another receiver, or the same one to be tried again at once. On error the old one stays. */
int sink_queue_change(struct sink_queue *queue, const struct sink_config *config, struct err *err);

/* As outbox_close; frees the queue. */
void sink_queue_close(struct sink_queue *queue, uint64_t grace_ms);

#endif
