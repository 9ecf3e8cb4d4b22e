/* SPDX-License-Identifier: MIT */
/*
 * context - the parts of the server that this room reads, and never changes.
 *
 * A value; what it points to is the daemon's, and is open for as long as the room is.
 */
#ifndef PROCJON_API_WEB_WEB_CONTEXT_H
#define PROCJON_API_WEB_WEB_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "grpc/server.h"

/* How SIGHUP went, as the daemon counts it. */
struct web_reloads {
    uint64_t taken, refused;
    bool stale; /* the last one was refused: what the files say is not what is in use */
};

struct web_context {
    const struct engine *engine;
    const struct server *server;
    const struct web_reloads *reloads;
    const char *version;
};

#endif
