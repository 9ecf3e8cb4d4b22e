/* SPDX-License-Identifier: MIT */
/*
 * agents - the two methods of proto/procjon.proto: decode, validate, tell the monitor or the store,
 * answer.
 *
 * Embedded in the daemon. The registry, the store and the server are the daemon's and outlive it; the methods
 * of agents_api_methods are to be given to server_add. Registrations on their way to the disk count in
 * `pending`: it may go only when that is 0 and the server is closed. Loop thread only.
 */
#ifndef AGENTS_API_PROCJON_RPC_H
#define AGENTS_API_PROCJON_RPC_H

#include "grpc/server_call.h"
#include "engine/registry.h"
#include "api/arena.h"
#include "api/registration.h"
#include "store/store.h"

#define AGENTS_API_METHODS 2

/*
 * Bytes of registrations that wait for the disk, each twice in memory: a hundred thousand ordinary ones. More
 * are refused, to be tried again.
 */
#define AGENTS_API_PENDING_MAX ((size_t)32 << 20)
/* Writes that wait for the disk: whoever adds to more is read once each turn, for the loop is everybody's. */
#define AGENTS_API_BACKLOG_TURN 4096u
/*
 * Every service of a large fleet may change at once and be heard, in 50 MB. Whoever adds much to more is not
 * listened to until the disk should have caught up, at so many each ms.
 */
#define AGENTS_API_BACKLOG_MAX 65536u
#define AGENTS_API_BACKLOG_PER_MS 16u
/* A connection that is not read must not be taken for a dead one. Milliseconds. */
#define AGENTS_API_REST_MAX 10000u

struct agents_api {
    struct registry *registry; /* NULL: detached */
    struct store *store;
    struct method methods[AGENTS_API_METHODS];
    struct arena arena;
    struct registration registration; /* the one being decoded: too large for the stack */
    size_t pending, pending_size;     /* and their bytes */
    size_t newcomers;                 /* of these, of services that the registry did not know yet */
};

void agents_api_init(struct agents_api *rpc, struct registry *registry, struct store *store);
void agents_api_fini(struct agents_api *rpc);

/*
 * The last call is gone, and the registry is about to: a registration that the disk takes from here on counts
 * from the next start.
 */
void agents_api_detach(struct agents_api *rpc);

#endif
