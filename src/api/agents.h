/* SPDX-License-Identifier: MIT */
/*
 * agents - the gRPC service that agents call, the two methods of proto/procjon.proto: it decodes and
 * validates a message, passes it to the engine and sends the response.
 *
 * Embedded in the daemon; the engine must outlive it. Pass `methods` to server_add; the memory must stay
 * until the server is closed. Loop thread only.
 */
#ifndef PROCJON_API_AGENTS_H
#define PROCJON_API_AGENTS_H

#include "api/arena.h"
#include "api/registration.h"
#include "engine/engine.h"
#include "grpc/server_call.h"

#define AGENTS_API_METHODS 2

/*
 * Writes that wait for the disk. A call that adds to more of them pauses the reading of its connection for
 * 1 ms, so that each connection is read once per loop iteration and all of them get their share.
 */
#define AGENTS_API_BACKLOG_SOFT 4096u
/*
 * Waiting writes above which the pause is as long as the disk is expected to need for them. Below it every
 * service of a large fleet may change at once, which takes 50 MB.
 */
#define AGENTS_API_BACKLOG_MAX 65536u
/* The writes that a disk is expected to commit per millisecond. */
#define AGENTS_API_BACKLOG_PER_MS 16u
/* The longest pause, in milliseconds: a connection must be read before its keepalive PING times out. */
#define AGENTS_API_PAUSE_MAX 10000u

struct agents_api {
    struct engine *engine;
    struct method methods[AGENTS_API_METHODS];
    struct arena arena;
    struct registration registration; /* of the message being decoded; too large for the stack */
};

void agents_api_init(struct agents_api *api, struct engine *engine);
void agents_api_fini(struct agents_api *api);

#endif
