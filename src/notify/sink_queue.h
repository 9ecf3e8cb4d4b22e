/* SPDX-License-Identifier: MIT */
/*
 * sink_queue - one sink by name, with its outbox and its health.
 *
 * Allocated by sink_queue_open, frees itself right before `closed`. Loop thread only. Each sink has its own
 * queue, rate limit and back-off, so that a slow or failing sink delays no other.
 *
 * A sink has failed when its verdict is SINK_DISABLED, or when no message was delivered in
 * SINK_QUEUE_FAILED_MS of retries.
 */
#ifndef PROCJON_NOTIFY_SINK_QUEUE_H
#define PROCJON_NOTIFY_SINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "notify/outbox.h"

/* The retries are a minute apart by then. A shorter failure is in the log only. */
#define SINK_QUEUE_FAILED_MS 600000
/* The failure of one sink is reported at most once in this time. */
#define SINK_QUEUE_REPORT_MS 3600000

struct sink_queue;

struct sink_queue_ops {
    /* As outbox_ops.settled; the outbox is that of a queue. */
    void (*settled)(struct outbox *outbox, const uint64_t *ids, size_t count, const char *outcome);
    /* The sink has failed, for this reason; NULL: it accepts messages again after a reported failure. */
    void (*failed)(struct sink_queue *queue, const char *reason);
    /* The queue is freed. `index` is that of sink_queue_open. */
    void (*closed)(void *arg, unsigned index);
};

struct sink_queue {
    const struct sink_queue_ops *ops;
    void *arg;
    unsigned index; /* the router's number of the sink */
    char *name;
    struct outbox outbox;
    struct outbox_ops outbox_ops;
    uint64_t failing_since_ms; /* uv_now of the first failure in a row; 0: the last message was accepted */
    uint64_t reported_ms;      /* uv_now of the last report of a failure; 0: never */
    bool reported;             /* a failure is reported, and the recovery is not */
};

/* On failure nothing is open. `ops` must outlive the queue; `name` is copied. */
int sink_queue_open(struct sink_queue **opened, uv_loop_t *loop, unsigned index, const char *name,
                    const struct sink_config *config, const struct sink_queue_ops *ops, void *arg,
                    struct err *err);

/* See outbox_change. */
int sink_queue_change(struct sink_queue *queue, const struct sink_config *config, struct err *err);

/* See outbox_close; frees the queue in the end. */
void sink_queue_close(struct sink_queue *queue, uint64_t timeout_ms);

#endif
