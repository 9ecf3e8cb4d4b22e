/* SPDX-License-Identifier: MIT */
/*
 * registrations - those that are on their way to the disk: a registration counts when it is stored.
 *
 * Embedded in the engine, whose registry and store it uses. Each pending one is on the heap until the store
 * has answered; the store answers all of them before it is closed. Loop thread only.
 */
#ifndef PROCJON_ENGINE_REGISTRATIONS_H
#define PROCJON_ENGINE_REGISTRATIONS_H

#include <stddef.h>

#include "engine/engine_values.h"
#include "engine/registry.h"
#include "store/store.h"

struct registrations {
    struct registry *registry;
    struct store *store;
    size_t count, size; /* pending ones, and their bytes */
    size_t added;       /* of them, of services that the registry did not know */
};

void registrations_init(struct registrations *registrations, struct registry *registry, struct store *store);

/* As engine_register. */
enum engine_register_result registrations_add(struct registrations *registrations,
                                              const struct engine_registration *registration,
                                              engine_registered_cb registered, void *arg,
                                              struct engine_pending **pending);

/* As engine_register_abandon. */
void registrations_abandon(struct engine_pending *pending);

#endif
