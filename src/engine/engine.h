/* SPDX-License-Identifier: MIT */
/*
 * engine - the way of an alert: monitor ─▶ store ─▶ gate ─▶ router.
 *
 * Embedded in the daemon; after engine_close the memory must stay until `closed` was called. Owns the
 * registry, the store and the router by value, none of which knows another. Loop thread only.
 *
 * Persist, then speak: a transition and the message that it owes are one transaction, the message goes to the
 * outbox after the commit, and what the outbox has settled is noted in the store. A disk that fails keeps
 * nobody from being told: the message goes out all the same, and the states are written again when the disk
 * is back.
 */
#ifndef PROCJON_ENGINE_ENGINE_H
#define PROCJON_ENGINE_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "engine/calm.h"
#include "engine/gate.h"
#include "engine/retention.h"
#include "engine/recount.h"
#include "engine/checkpoint.h"
#include "base/err.h"
#include "base/uvx.h"
#include "engine/stall_detector.h"
#include "engine/registry.h"
#include "notify/router.h"
#include "store/store.h"

/* What a request to a sink gets to end in, when the server stops. */
#define ENGINE_SEND_GRACE_MS 3000

struct engine_options {
    const char *directory;             /* of the store */
    const struct routing_table *table; /* must outlive the engine, or the next engine_reload */
    struct sink_config default_sink;   /* of the default sink; borrowed */
    uint64_t disconnect_grace_ms, restart_grace_ms;
    long history_days; /* 0: for ever */
};

struct engine {
    struct registry registry;
    struct store store;
    struct router router;
    struct stall_detector absence;
    struct gate gate;
    struct recount recount;
    struct calm calm;
    struct retention history;
    struct checkpoint stamp;
    struct uvx_owner owner; /* a hold for each of the above that closes */
    uint64_t last_event;
    int64_t reminded_ms; /* wall clock: reminders until then are on the disk */
    size_t committing;   /* events on their way to the disk */
    void (*closed)(struct engine *engine);
};

/*
 * Opens the store, remembers what it holds, and goes on watching from there. Blocks. On failure there is
 * nothing to close, but the loop must run until it is empty before the memory may go.
 */
int engine_open(struct engine *engine, uv_loop_t *loop, const struct engine_options *options,
                struct err *err);

/* Other sinks and routes, from now on; what is owed stays owed. On error the old ones stay. */
int engine_reload(struct engine *engine, const struct routing_table *table,
                  const struct sink_config *default_sink, struct err *err);

/* The server is going: from now on silence is its own doing, and nobody is called unavailable. */
void engine_stop(struct engine *engine);

/* Lets a request to the sink end, commits, closes. Idempotent. */
void engine_close(struct engine *engine, void (*closed)(struct engine *engine));

#endif
