/* SPDX-License-Identifier: MIT */
/*
 * outbox - the queue of notices in front of one sink: what is sent when, and what is retried.
 *
 * Embedded in a sink_queue; after outbox_close the memory must stay until `closed` was called. Loop thread
 * only; nothing here blocks. The queue is in memory: the durable copy is in the store, which loads every
 * notice that is not settled after a restart.
 *
 * An idle outbox sends a notice at once and alone. Notices that are added while a request is in flight, or
 * while the outbox waits for the rate limit or a retry, are merged per service to their net effect and sent
 * in one message. At most one request is in flight. No notice is dropped: each one ends in `settled`, or is
 * still in the store when the outbox is closed.
 */
#ifndef PROCJON_NOTIFY_OUTBOX_H
#define PROCJON_NOTIFY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/event.h"
#include "base/uvx.h"
#include "notify/digest.h"
#include "notify/send_limiter.h"
#include "notify/sink.h"
#include "notify/sink_config.h"

struct outbox;

struct outbox_ops {
    /*
     * These notices need no message any more. `outcome` is one of outbox_outcome_names, static. The ids are
     * valid during the call. Never called from inside outbox_put; every function is legal in it.
     */
    void (*settled)(struct outbox *outbox, const uint64_t *ids, size_t count, const char *outcome);
    /* The sink did not accept a message, or accepts one after that; before its notices are settled. Notices
     * may be added to another outbox, not to this one. May be NULL. */
    void (*answered)(struct outbox *outbox, const struct sink_answer *answer);
    /* Everything is closed, and the memory may go. */
    void (*closed)(struct outbox *outbox);
};

enum outbox_outcome {
    OUTBOX_DELIVERED, /* the sink has accepted a message about it */
    OUTBOX_MERGED,    /* the net effect with later notices is nothing */
    OUTBOX_REJECTED,  /* the sink has rejected the message, and its plain form as well */
    OUTBOX_OUTCOMES
};

/* The words of the event history and the metrics. */
extern const char *const outbox_outcome_names[OUTBOX_OUTCOMES];

struct outbox_stats {
    uint64_t answers[SINK_VERDICTS];   /* messages, by the verdict of the sink */
    uint64_t settled[OUTBOX_OUTCOMES]; /* notices, by outcome */
    size_t waiting;                    /* notices that are not settled */
    enum sink_verdict state;           /* the last verdict; SINK_DELIVERED before the first */
};

struct outbox_limits {
    struct send_limiter_limits limiter;
    uint64_t deadline_ms; /* for one request */
};

/* `name` is for the log. `name` and `ops` must outlive the outbox. On failure nothing is open. */
int outbox_open(struct outbox *outbox, uv_loop_t *loop, const char *name, const struct sink_config *config,
                const struct outbox_ops *ops, struct err *err);

/* The same with limits other than the default ones; `limits` must outlive the outbox. */
int outbox_open_limited(struct outbox *outbox, uv_loop_t *loop, const char *name,
                        const struct sink_config *config, const struct outbox_ops *ops,
                        const struct outbox_limits *limits, struct err *err);

/*
 * The configuration after a reload. If it is another one, a request in flight is cancelled and everything
 * that waits is sent to the new sink at once. If it is the same, a sink that fails is tried again at once,
 * unless it has asked for a pause. On failure the old sink stays.
 */
int outbox_change(struct outbox *outbox, const struct sink_config *config, struct err *err);

/* If `other` has the same configuration and its sink has asked for a pause, this outbox pauses as well. */
void outbox_share_pause(struct outbox *outbox, const struct outbox *other);

/* Takes the ownership of an entry of one notice or several. Its ids must be higher than all before. */
void outbox_put(struct outbox *outbox, struct digest_entry *entry);

/* Delays sending to the next loop iteration: the notices that are put until then are one message. */
void outbox_gather(struct outbox *outbox);

/* The number of notices that are not settled. */
size_t outbox_waiting(const struct outbox *outbox);

/* Whether the sink has accepted the last message (true before the first). */
bool outbox_healthy(const struct outbox *outbox);

/* Counted since outbox_open. */
void outbox_stats(const struct outbox *outbox, struct outbox_stats *stats);

/*
 * Waits up to `timeout_ms` for the answer to a request in flight, and calls `closed`, possibly from inside.
 * Notices that are not settled by then stay in the store. Idempotent, legal in any callback.
 */
void outbox_close(struct outbox *outbox, uint64_t timeout_ms);

struct outbox {
    struct uvx_owner owner; /* the timers, and a hold for each open sink */
    uv_loop_t *loop;
    uv_timer_t wake;       /* active while something waits and no request is in flight */
    uv_timer_t stop_timer; /* active while closing with a request in flight */
    const struct outbox_ops *ops;
    const struct outbox_limits *limits;

    const char *name;
    struct sink_config config;
    struct sink *sink;
    struct send_limiter limiter;

    struct digest waiting; /* not sent yet */
    struct digest head;    /* the message in flight, or one that waits for its retry */
    struct ids noted;      /* accepted by sink_ops.note; `settled` is due in the next loop iteration */
    int64_t head_ms;       /* wall clock when the head was rendered first */
    bool in_flight;        /* the sink has the head, and has not answered */
    bool failing;          /* `answered` was called for a message that the sink did not accept */
    bool frozen; /* the head may have been received: it is repeated byte for byte, nothing is merged */
    bool plain;  /* the head was rejected once: it is sent in the plain form */
    bool retry_requested; /* outbox_change asked for a retry at once while a request was in flight */

    bool closing;
    struct outbox_stats stats; /* all but `waiting`, which outbox_stats computes */
};

#endif
