/* SPDX-License-Identifier: MIT */
/*
 * sink - one way out: something that takes messages for people.
 *
 * The outbox decides what is sent and when; a sink knows how it is written and what the answer means. A kind
 * of sink is a table of functions; it embeds struct sink and allocates itself. Loop thread only.
 *
 * Opened by sink_open, it lives until its `closed` was called. Nothing here blocks.
 */
#ifndef PROCJON_NOTIFY_SINK_H
#define PROCJON_NOTIFY_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "notify/sink_config.h"
#include "notify/digest.h"
#include "base/event.h"

enum sink_verdict {
    SINK_DELIVERED,    /* delivered */
    SINK_UNREACHABLE,  /* no answer: try again */
    SINK_RETRY,        /* an answer that says "not now": try again */
    SINK_RATE_LIMITED, /* too many: come back in wait_ms, slower */
    SINK_REJECTED,     /* this message will never be taken */
    SINK_DISABLED,     /* no message will be taken until somebody repairs it */
    SINK_VERDICTS,
};

/* Longest explanation for the log: a status, and the beginning of what the sink said. */
#define SINK_DETAIL_MAX 256

/* For the log and the metrics. */
extern const char *const sink_verdict_names[SINK_VERDICTS];

struct sink_answer {
    enum sink_verdict verdict;
    bool maybe;       /* not taken as far as we know, but it may have been received all the same */
    uint64_t wait_ms; /* SINK_RATE_LIMITED: as the sink asks, 0 if it does not say */
    char detail[SINK_DETAIL_MAX];
};

struct sink;

struct sink_events {
    /* What became of the last sink_send; exactly once, possibly from inside it, never after sink_close. */
    void (*answered)(void *arg, const struct sink_answer *answer);
    /* The sink is freed. Possibly from inside sink_close. */
    void (*closed)(void *arg);
};

struct sink_ops {
    /*
     * Takes each notice by itself at the moment it happens, and cannot fail. NULL: takes messages only. A
     * sink with `note` still gets through `send` what waited for the sink before it.
     */
    void (*note)(struct sink *sink, const struct event *event);
    /*
     * One at a time. The message is a function of the digest and `now_ms` (wall clock) only, so that a retry
     * with the same two is the same message, byte for byte. `plain`: the simplest form there is, after a
     * refusal. The digest may change after the call.
     */
    void (*send)(struct sink *sink, const struct digest *digest, int64_t now_ms, bool plain);
    /* Once; a message on its way is given up. */
    void (*close)(struct sink *sink);
};

/* Embedded in each kind of sink, filled by its open function. */
struct sink {
    const struct sink_ops *ops;
    const struct sink_events *events;
    void *arg;           /* of the events */
    size_t services_max; /* in one message; 0: any number */
};

/* Whether a sink could be opened there: -EINVAL and a sentence if not, which shows no secret. */
int sink_check(const struct sink_config *address, struct err *err);

/* Opens the kind of sink that the address asks for. A message not answered after `deadline_ms` has failed. */
int sink_open(struct sink **sink, uv_loop_t *loop, const struct sink_config *address, uint64_t deadline_ms,
              const struct sink_events *events, void *arg, struct err *err);

#endif
