/* SPDX-License-Identifier: MIT */
/*
 * heartbeat - tells a watcher elsewhere that this server can do what it is there for.
 *
 * A GET of one URL, at once and then every minute, but only while the loop turns in time, the disk takes the
 * alive stamp and each sink takes messages: whoever does not hear it (a service like healthchecks.io, another
 * procjon's cron line) tells people by another way. That the watcher cannot be reached is one line in the
 * log, and nobody's fault here.
 *
 * Embedded in the daemon; after heartbeat_close the memory must stay until `closed` was called. Loop thread
 * only. The URL may carry a secret: of it only the host is ever shown.
 */
#ifndef PROCJON_API_HEARTBEAT_H
#define PROCJON_API_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "engine/engine.h"
#include "base/err.h"
#include "base/uvx.h"
#include "http/client.h"

struct heartbeat_limits {
    uint64_t period_ms;
    uint64_t turn_ms;       /* how often the loop and the sinks are looked at */
    uint64_t late_ms;       /* a turn that comes later than this is no good */
    uint64_t checkpoint_ms; /* oldest checkpoint that is good enough */
    uint64_t sink_ms;       /* how long a sink may fail */
    uint64_t deadline_ms;   /* for one request */
};

struct heartbeat {
    struct uvx_owner owner; /* the timer and the request's side */
    struct http_client http;
    uv_timer_t turn;
    const struct engine *engine;
    const struct heartbeat_limits *limits;
    uint64_t turned_ms;  /* last turn; 0: there was none, and what came before is the start's own time */
    uint64_t beat_ms;    /* when the next beat is due */
    uint64_t late_ms;    /* by how much the worst turn since the last beat was late */
    uint64_t healthy_ms; /* when each sink was last seen to take messages */
    bool silent;         /* the last beat was not sent: something ails */
    bool unheard;        /* the last beat was sent and not taken */
    void (*closed)(struct heartbeat *heartbeat);
};

/* `engine` is open, and outlives it. On failure nothing is open; -EINVAL: not an http or https URL. */
int heartbeat_open(struct heartbeat *heartbeat, uv_loop_t *loop, const char *url, const struct engine *engine,
                   struct err *err);

/* The same with other times than the usual ones; `limits` must outlive it. */
int heartbeat_open_limited(struct heartbeat *heartbeat, uv_loop_t *loop, const char *url,
                           const struct engine *engine, const struct heartbeat_limits *limits,
                           struct err *err);

/* Gives up a request on its way. Idempotent. */
void heartbeat_close(struct heartbeat *heartbeat, void (*closed)(struct heartbeat *heartbeat));

#endif
