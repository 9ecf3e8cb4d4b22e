/* SPDX-License-Identifier: MIT */
/*
 * procjon_rpc - the two methods of proto/procjon.proto: decode, validate, tell the monitor or the store,
 * answer.
 *
 * Embedded in the daemon. The registry, the store and the server are the daemon's and outlive it; the methods
 * of procjon_rpc_methods are to be given to server_add. Registrations on their way to the disk count in
 * `pending`: it may go only when that is 0 and the server is closed. Loop thread only.
 */
#ifndef PROCJON_RPC_PROCJON_RPC_H
#define PROCJON_RPC_PROCJON_RPC_H

#include "grpc/call.h"
#include "monitor/registry.h"
#include "rpc/arena.h"
#include "rpc/registration.h"
#include "store/store.h"

#define PROCJON_RPC_METHODS 2

/*
 * Bytes of registrations that wait for the disk, each twice in memory: a hundred thousand ordinary ones. More
 * are refused, to be tried again.
 */
#define PROCJON_RPC_PENDING_MAX ((size_t)32 << 20)
/* Writes that wait for the disk: whoever adds to more is read once each turn, for the loop is everybody's. */
#define PROCJON_RPC_BACKLOG_TURN 4096u
/*
 * Every service of a large fleet may change at once and be heard, in 50 MB. Whoever adds much to more is not
 * listened to until the disk should have caught up, at so many each ms.
 */
#define PROCJON_RPC_BACKLOG_MAX 65536u
#define PROCJON_RPC_BACKLOG_PER_MS 16u
/* A connection that is not read must not be taken for a dead one. Milliseconds. */
#define PROCJON_RPC_REST_MAX 10000u

struct procjon_rpc {
    struct registry *registry; /* NULL: detached */
    struct store *store;
    struct method methods[PROCJON_RPC_METHODS];
    struct arena arena;
    struct registration registration; /* the one being decoded: too large for the stack */
    size_t pending, pending_size;     /* and their bytes */
    size_t newcomers;                 /* of these, of services that the registry did not know yet */
};

void procjon_rpc_init(struct procjon_rpc *rpc, struct registry *registry, struct store *store);
void procjon_rpc_fini(struct procjon_rpc *rpc);

/*
 * The last call is gone, and the registry is about to: a registration that the disk takes from here on counts
 * from the next start.
 */
void procjon_rpc_detach(struct procjon_rpc *rpc);

#endif
