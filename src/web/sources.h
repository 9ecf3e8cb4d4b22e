/* SPDX-License-Identifier: MIT */
/*
 * sources - the parts of the server that this room reads, and never changes.
 *
 * A value; what it points to is the daemon's, and is open for as long as the room is.
 */
#ifndef PROCJON_WEB_SOURCES_H
#define PROCJON_WEB_SOURCES_H

#include "grpc/server.h"
#include "monitor/registry.h"
#include "notify/outbox.h"
#include "store/store.h"

struct web_sources {
    const struct registry *registry;
    const struct store *store;
    const struct outbox *outbox;
    const struct server *server;
    const char *version;
};

#endif
