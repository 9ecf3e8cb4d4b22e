/* SPDX-License-Identifier: MIT */
/*
 * heartbeat - a dead man's switch: requests to a monitoring service elsewhere, for as long as this server
 * works.
 *
 * A GET of one URL, at once and then every minute, but only while the loop runs in time, the disk commits
 * checkpoints and every sink accepts messages. A service like healthchecks.io notifies people when the
 * requests stop. If that service cannot be reached, it is logged once and has no other effect.
 *
 * Embedded in the daemon; after heartbeat_close the memory must stay until `closed` was called. Loop thread
 * only. The URL may be a secret: only its host is logged.
 */
#ifndef PROCJON_API_HEARTBEAT_H
#define PROCJON_API_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/uvx.h"
#include "engine/engine.h"
#include "http/client.h"

struct heartbeat_limits {
    uint64_t period_ms;     /* between two requests */
    uint64_t check_ms;      /* between two checks of the loop and the sinks */
    uint64_t late_ms;       /* the longest delay of a check while the loop works */
    uint64_t checkpoint_ms; /* the highest age of the last checkpoint while the disk works */
    uint64_t sink_ms;       /* for how long a sink may fail */
    uint64_t deadline_ms;   /* for one request */
};

struct heartbeat {
    struct uvx_owner owner; /* the timer, and a hold for the HTTP client */
    struct http_client http;
    uv_timer_t timer;
    const struct engine *engine;
    const struct heartbeat_limits *limits;
    uint64_t checked_ms; /* uv_now of the last check; 0: there was none, and the start may take long */
    uint64_t beat_ms;    /* uv_now when the next request is due */
    uint64_t late_ms;    /* the longest delay of a check since the last request was due */
    uint64_t healthy_ms; /* uv_now of the last check in which every sink accepted messages */
    bool withheld;       /* the last request was not sent, because the server does not work */
    bool failing;        /* the last request got no 2xx response */
    void (*closed)(struct heartbeat *heartbeat);
};

/* `engine` is open and outlives the heartbeat. On failure nothing is open; -EINVAL: not an http(s) URL. */
int heartbeat_open(struct heartbeat *heartbeat, uv_loop_t *loop, const char *url, const struct engine *engine,
                   struct err *err);

/* The same with limits other than the default ones; `limits` must outlive the heartbeat. */
int heartbeat_open_limited(struct heartbeat *heartbeat, uv_loop_t *loop, const char *url,
                           const struct engine *engine, const struct heartbeat_limits *limits,
                           struct err *err);

/* Cancels a request in flight. `closed` is called later, when the memory may go. Idempotent. */
void heartbeat_close(struct heartbeat *heartbeat, void (*closed)(struct heartbeat *heartbeat));

#endif
