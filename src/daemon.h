/* SPDX-License-Identifier: MIT */
/*
 * daemon - the server program: it owns the loop and every top-level object, opens them in order and closes
 * them in reverse.
 *
 *      daemon_open:  engine ─▶ gRPC server and services ─▶ listeners ─▶ heartbeat ─▶ web
 *      SIGTERM:      heartbeat, listeners ─▶ drain ─▶ web ─▶ gRPC server ─▶ engine ─▶ the loop is empty
 *
 * Embedded in main. daemon_open blocks while it resolves names and opens the store; daemon_run returns when
 * the loop is empty.
 */
#ifndef PROCJON_DAEMON_H
#define PROCJON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "api/agents.h"
#include "api/heartbeat.h"
#include "api/web/web.h"
#include "base/err.h"
#include "config/config.h"
#include "engine/engine.h"
#include "grpc/health.h"
#include "grpc/reflection.h"
#include "grpc/server.h"
#include "net/listener.h"
#include "net/tls.h"

/* An endpoint may resolve to several addresses, usually an IPv4 and an IPv6 one. */
#define DAEMON_LISTENERS_MAX ((size_t)CONFIG_ENDPOINTS_MAX * 2)

/* Milliseconds from SIGTERM to the end, at most: only a disk that hangs needs longer. */
#define DAEMON_STOP_MS 9000

struct daemon {
    const struct config *config; /* of the start, borrowed */
    struct config *reloaded;     /* of the last reload, owned; NULL: none */
    struct web_reloads reloads;
    uv_loop_t loop;
    struct engine *engine; /* NULL: not open */
    struct server server;
    struct agents_api agents;
    struct health health;
    struct reflection reflection;
    struct tls_context *tls; /* owned reference; NULL: plaintext */
    struct listener listeners[DAEMON_LISTENERS_MAX];
    size_t listener_count;
    struct heartbeat heartbeat;
    bool has_heartbeat; /* `heartbeat` is open */
    struct web web;     /* open if config->http is not empty */
    uv_poll_t signals;  /* of signal_fd */
    int signal_fd;      /* signalfd(2) */
    bool stopping;
    uv_timer_t stop_timer; /* open if `stopping` */
};

/* On failure everything is closed again and `err` says why. */
int daemon_open(struct daemon *daemon, const struct config *config, struct err *err);

/*
 * Serves until SIGTERM or SIGINT, and returns 0 when everything is closed. If closing takes longer than
 * DAEMON_STOP_MS it ends the process with EXIT_FAILURE.
 */
int daemon_run(struct daemon *daemon);

#endif
