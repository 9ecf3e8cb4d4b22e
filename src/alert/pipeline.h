/* SPDX-License-Identifier: MIT */
/*
 * pipeline - the way of an alert: monitor ─▶ store ─▶ gate ─▶ router.
 *
 * Embedded in the daemon; after pipeline_close the memory must stay until `closed` was called. Owns the
 * registry, the store and the router by value, none of which knows another. Loop thread only.
 *
 * Persist, then speak: a transition and the message that it owes are one transaction, the message goes to the
 * outbox after the commit, and what the outbox has settled is noted in the store. A disk that fails keeps
 * nobody from being told: the message goes out all the same, and the states are written again when the disk
 * is back.
 */
#ifndef PROCJON_ALERT_PIPELINE_H
#define PROCJON_ALERT_PIPELINE_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "alert/calm.h"
#include "alert/gate.h"
#include "alert/history.h"
#include "alert/recount.h"
#include "alert/stamp.h"
#include "base/err.h"
#include "base/uvx.h"
#include "monitor/absence.h"
#include "monitor/registry.h"
#include "notify/router.h"
#include "store/store.h"

/* What a request to a sink gets to end in, when the server stops. */
#define PIPELINE_SEND_GRACE_MS 3000

struct pipeline_options {
    const char *directory;   /* of the store */
    const struct plan *plan; /* must outlive the pipeline, or the next pipeline_change */
    struct address home;     /* of the default sink; borrowed */
    uint64_t disconnect_grace_ms, restart_grace_ms;
    long history_days; /* 0: for ever */
};

struct pipeline {
    struct registry registry;
    struct store store;
    struct router router;
    struct absence absence;
    struct gate gate;
    struct recount recount;
    struct calm calm;
    struct history history;
    struct stamp stamp;
    struct uvx_owner owner; /* a hold for each of the above that closes */
    uint64_t last_event;
    int64_t reminded_ms; /* wall clock: reminders until then are on the disk */
    size_t committing;   /* events on their way to the disk */
    void (*closed)(struct pipeline *pipeline);
};

/*
 * Opens the store, remembers what it holds, and goes on watching from there. Blocks. On failure there is
 * nothing to close, but the loop must run until it is empty before the memory may go.
 */
int pipeline_open(struct pipeline *pipeline, uv_loop_t *loop, const struct pipeline_options *options,
                  struct err *err);

/* Other sinks and routes, from now on; what is owed stays owed. On error the old ones stay. */
int pipeline_change(struct pipeline *pipeline, const struct plan *plan, const struct address *home,
                    struct err *err);

/* The server is going: from now on silence is its own doing, and nobody is called unavailable. */
void pipeline_stop(struct pipeline *pipeline);

/* Lets a request to the sink end, commits, closes. Idempotent. */
void pipeline_close(struct pipeline *pipeline, void (*closed)(struct pipeline *pipeline));

#endif
