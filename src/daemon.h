/* SPDX-License-Identifier: MIT */
/*
 * daemon - the server program: owns the loop and every top-level object, starts them in order, stops them in
 * reverse. The only file that knows all rooms.
 *
 *      daemon_open:  engine (store, registry, router) ─▶ grpc server and services ─▶ listeners ─▶ web
 *      SIGTERM:      listeners ─▶ drain ─▶ web ─▶ server ─▶ engine ─▶ the loop is empty
 *
 * Embedded in main. daemon_open blocks while it resolves names and opens the store; daemon_run returns when
 * the loop has nothing left.
 */
#ifndef PROCJON_DAEMON_H
#define PROCJON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "api/heartbeat.h"
#include "engine/engine.h"
#include "base/err.h"
#include "config/config.h"
#include "grpc/health.h"
#include "grpc/reflection.h"
#include "grpc/server.h"
#include "net/listener.h"
#include "net/tls.h"
#include "api/agents.h"
#include "signals.h"
#include "api/web/web.h"

/* Each endpoint may resolve to a few addresses. */
#define DAEMON_LISTENERS_MAX ((size_t)CONFIG_ENDPOINTS_MAX * 2)

/* A server that was told to go has gone after 10 s; all but a disk that hangs needs less. */
#define DAEMON_STOP_MS 9000

struct daemon {
    const struct config *config; /* of the start; borrowed */
    struct config *reloaded;     /* the last one since, owned; NULL: none */
    struct web_reloads reloads;
    uv_loop_t loop;
    struct engine *engine; /* NULL: not open */
    struct server server;
    struct agents_api agents;
    struct health health;
    struct reflection reflection;
    struct tls_context *tls; /* owned reference; NULL in the clear */
    struct listener listeners[DAEMON_LISTENERS_MAX];
    size_t listener_count;
    struct heartbeat heartbeat;
    bool beating;   /* a heartbeat is configured, and open */
    struct web web; /* open if config->http is not empty */
    struct signals signals;
    bool stopping;
    uv_timer_t stop_timer; /* open while stopping */
};

/* On failure everything is closed again and `err` says why. */
int daemon_open(struct daemon *daemon, const struct config *config, struct err *err);

/*
 * Serves until SIGTERM or SIGINT; returns 0 when everything ended in order. Does not return, but ends the
 * process, if that took more than DAEMON_STOP_MS.
 */
int daemon_run(struct daemon *daemon);

#endif
