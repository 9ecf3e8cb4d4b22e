/* SPDX-License-Identifier: MIT */
/*
 * outbox - what people are still owed, and the order they get it in.
 *
 * Embedded in an queue; after outbox_close the memory must stay until `closed` was called. Loop thread
 * only. It is a queue in memory in front of one sink: the durable copy is the store's, which hands every
 * undelivered notice back after a restart.
 *
 * Self-clocking: an idle outbox sends a notice at once, alone. What comes while a request is in flight,
 * paused or failing waits and is merged into one message, per service to its net effect. One request is in
 * flight. Nothing here blocks the loop, and nothing is dropped: a notice leaves through `settled` only.
 */
#ifndef PROCJON_NOTIFY_OUTBOX_H
#define PROCJON_NOTIFY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "notify/digest.h"
#include "notify/ids.h"
#include "base/event.h"
#include "notify/send_limiter.h"
#include "notify/sink.h"

struct outbox;

struct outbox_ops {
    /*
     * These notices need no sending any more. `outcome` is one word for the history: "delivered", "merged"
     * (their net effect was nothing), "rejected" (the sink will never take them). Never from inside
     * outbox_put.
     */
    void (*settled)(struct outbox *outbox, const uint64_t *ids, size_t count, const char *outcome);
    /* What the sink said to a message. May add notices elsewhere, not here. NULL: not asked for. */
    void (*answered)(struct outbox *outbox, const struct sink_answer *answer);
    void (*closed)(struct outbox *outbox);
};

enum outbox_outcome { OUTBOX_DELIVERED, OUTBOX_MERGED, OUTBOX_REJECTED, OUTBOX_OUTCOMES };

/* For the history and the metrics. */
extern const char *const outbox_outcome_names[OUTBOX_OUTCOMES];

struct outbox_stats {
    uint64_t answers[SINK_VERDICTS];   /* messages sent, by what became of each; SINK_DELIVERED: delivered */
    uint64_t settled[OUTBOX_OUTCOMES]; /* notices */
    size_t waiting;                    /* notices */
    enum sink_verdict state;           /* the last answer, SINK_DELIVERED before the first */
};

struct outbox_limits {
    struct send_limiter_limits limiter;
    uint64_t deadline_ms; /* for one request */
};

/* The name is for the log, and must outlive the outbox. On failure nothing is open. */
int outbox_open(struct outbox *outbox, uv_loop_t *loop, const char *name, const struct sink_config *address,
                const struct outbox_ops *ops, struct err *err);

/* The same with other times than the usual ones; `limits` must outlive the outbox. */
int outbox_open_limited(struct outbox *outbox, uv_loop_t *loop, const char *name,
                        const struct sink_config *address, const struct outbox_ops *ops,
                        const struct outbox_limits *limits, struct err *err);

/* The sink is elsewhere now: what waits goes there, at once. On error the old one stays. */
int outbox_change(struct outbox *outbox, const struct sink_config *address, struct err *err);

/* Where `other` is at the same place, the pause that this place asked it for holds here too. */
void outbox_share_pause(struct outbox *outbox, const struct outbox *other);

/* Takes a notice, or several about one service that are merged already. Ids must grow. */
void outbox_put(struct outbox *outbox, struct digest_entry *entry);

/* What is added from here until the loop turns is one message, if nothing is in flight. */
void outbox_gather(struct outbox *outbox);

/* Notices not settled yet. */
size_t outbox_waiting(const struct outbox *outbox);

/* Whether the sink took the last message it was sent (true before the first). */
bool outbox_healthy(const struct outbox *outbox);

/* For metrics; counted since outbox_open. */
void outbox_stats(const struct outbox *outbox, struct outbox_stats *stats);

/* Gives a request in flight up to `grace_ms` to end, then `closed`. What waits stays owed. Idempotent. */
void outbox_close(struct outbox *outbox, uint64_t grace_ms);

struct outbox {
    struct uvx_owner owner;
    uv_loop_t *loop;
    uv_timer_t wake;  /* running whenever something waits and nothing is in flight */
    uv_timer_t grace; /* while closing */
    const struct outbox_ops *ops;
    const struct outbox_limits *limits;

    const char *name;
    struct sink_config address;
    struct sink *sink;
    struct send_limiter limiter;

    struct digest waiting; /* not sent yet */
    struct digest head;    /* in flight, or frozen for an identical retry */
    struct ids noted;      /* taken by the sink already, `settled` is due */
    int64_t head_ms;       /* wall clock when head was written */
    bool flying;           /* head is with the sink */
    bool frozen;           /* head may have been received: repeat it exactly, or not at all */
    bool again;            /* a try at once was asked for while one was in flight */
    bool plain;            /* head was refused once: now in the simplest form */

    bool closing;
    struct outbox_stats stats; /* `waiting` is counted when asked for */
};

#endif
