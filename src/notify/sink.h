/* SPDX-License-Identifier: MIT */
/*
 * sink - one receiver of messages: a Slack webhook, a mail server, the log.
 *
 * The outbox decides what is sent and when; a sink renders the message, sends it and judges the answer. A
 * kind of sink is a table of functions: its open function (notify/sinks/) allocates a struct that embeds
 * struct sink, and it frees that right before `closed`. Loop thread only; nothing here blocks.
 */
#ifndef PROCJON_NOTIFY_SINK_H
#define PROCJON_NOTIFY_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/event.h"
#include "notify/digest.h"

enum sink_verdict {
    SINK_DELIVERED,    /* the sink has accepted the message */
    SINK_UNREACHABLE,  /* no answer: retry */
    SINK_RETRY,        /* a temporary error: retry */
    SINK_RATE_LIMITED, /* too many requests: retry after wait_ms, at a lower rate */
    SINK_REJECTED,     /* this message will never be accepted */
    SINK_DISABLED,     /* no message will be accepted until an administrator repairs the sink */
    SINK_VERDICTS,
};

/* Bytes of an explanation in the log: a status, and the beginning of the response. */
#define SINK_DETAIL_MAX 256

/* The words of the log and the metrics. */
static inline const char *sink_verdict_name(enum sink_verdict verdict)
{
    static const char *const names[SINK_VERDICTS] = {
        [SINK_DELIVERED] = "delivered", [SINK_UNREACHABLE] = "unreachable",
        [SINK_RETRY] = "retry",         [SINK_RATE_LIMITED] = "rate_limited",
        [SINK_REJECTED] = "rejected",   [SINK_DISABLED] = "disabled",
    };

    return names[verdict];
}

struct sink_answer {
    enum sink_verdict verdict;
    bool maybe;       /* not delivered as far as is known, but it may have been received */
    uint64_t wait_ms; /* SINK_RATE_LIMITED: the pause that the sink asks for, 0 if it names none */
    char detail[SINK_DETAIL_MAX];
};

struct sink;

struct sink_events {
    /* The result of the last `send`: exactly once, possibly from inside it, never after `close`. */
    void (*answered)(void *arg, const struct sink_answer *answer);
    /* The sink is freed. Possibly from inside `close`. */
    void (*closed)(void *arg);
};

struct sink_ops {
    /*
     * Records one notice at once, and cannot fail. NULL: the sink gets messages only. A sink with `note`
     * still gets through `send` what waited for the sink before it (see outbox_change).
     */
    void (*note)(struct sink *sink, const struct event *event);
    /*
     * Sends one message; the one before must have been answered. It is a function of the digest and `now_ms`
     * (wall clock, milliseconds) only, so that a retry with the same two is the same message, byte for byte.
     * `plain`: in the simplest form, because the sink has rejected the usual one. The digest may change after
     * the call.
     */
    void (*send)(struct sink *sink, const struct digest *digest, int64_t now_ms, bool plain);
    /* Called once. A message in flight is cancelled. */
    void (*close)(struct sink *sink);
};

/* Embedded in each kind of sink, filled by its open function. */
struct sink {
    const struct sink_ops *ops;
    const struct sink_events *events;
    void *arg;           /* of the events */
    size_t services_max; /* in one message; 0: no limit */
};

#endif
