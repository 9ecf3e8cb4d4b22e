/* SPDX-License-Identifier: MIT */
/*
 * web_context - the parts of the server that the web interface reads. It changes none of them.
 *
 * A value; what it points to is owned by the daemon.
 */
#ifndef PROCJON_API_WEB_WEB_CONTEXT_H
#define PROCJON_API_WEB_WEB_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "grpc/server.h"

/* The reloads by SIGHUP, counted by the daemon. */
struct web_reloads {
    uint64_t taken, refused; /* applied, and failed */
    bool stale;              /* the last one has failed: the files differ from what is in use */
};

struct web_context {
    const struct engine *engine;
    const struct server *server;
    const struct web_reloads *reloads;
    const char *version;
};

#endif
