/* SPDX-License-Identifier: MIT */
/*
 * recount - tells the router how often a service has reported, when a bad status counts only after so many.
 *
 *      router awaits a number ─▶ registry counts ─▶ reached ─▶ through the store ─▶ router has heard
 *
 * The number takes the way of the transitions, behind those that the same reports made: they are in the
 * router when it hears of the number, and a status that has become well meanwhile is told to nobody.
 *
 * Embedded in the engine. Loop thread only.
 */
#ifndef PROCJON_ENGINE_RECOUNT_H
#define PROCJON_ENGINE_RECOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/registry.h"
#include "notify/router.h"
#include "store/store.h"

struct recount {
    struct registry *registry;
    struct store *store;
    struct router *router;
    bool stopped;
};

void recount_init(struct recount *recount, struct registry *registry, struct store *store,
                  struct router *router);

/* The router is closed: what is on its way is told to nobody. The memory must stay until the store is closed.
 */
void recount_stop(struct recount *recount);

/* As router_ops. */
void recount_await(struct recount *recount, const char *id, uint64_t reports);

/* As registry_ops. */
void recount_reached(struct recount *recount, const struct service *service);

#endif
