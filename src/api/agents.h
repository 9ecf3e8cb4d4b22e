/* SPDX-License-Identifier: MIT */
/*
 * agents - the service that agents call, the two methods of proto/procjon.proto: decode, validate, tell the
 * engine, answer.
 *
 * Embedded in the daemon. The engine and the server are the daemon's and outlive it; `methods` are to be
 * given to server_add. It may go when the server is closed. Loop thread only.
 */
#ifndef PROCJON_API_AGENTS_H
#define PROCJON_API_AGENTS_H

#include "api/arena.h"
#include "api/registration.h"
#include "engine/engine.h"
#include "grpc/server_call.h"

#define AGENTS_API_METHODS 2

/* Writes that wait for the disk: a client that adds to more is read once per turn of the loop, which all
 * share. */
#define AGENTS_API_BACKLOG_TURN 4096u
/*
 * Every service of a large fleet may change at once and is read, in 50 MB. A client that adds much to more is
 * not read until the disk should have caught up, at so many each ms.
 */
#define AGENTS_API_BACKLOG_MAX 65536u
#define AGENTS_API_BACKLOG_PER_MS 16u
/* A connection that is not read must not be taken for a dead one. Milliseconds. */
#define AGENTS_API_PAUSE_MAX 10000u

struct agents_api {
    struct engine *engine;
    struct method methods[AGENTS_API_METHODS];
    struct arena arena;
    struct registration registration; /* the one being decoded: too large for the stack */
};

void agents_api_init(struct agents_api *api, struct engine *engine);
void agents_api_fini(struct agents_api *api);

#endif
