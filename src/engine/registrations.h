/* SPDX-License-Identifier: MIT */
/*
 * registrations - the registrations that are on their way to the disk: one is applied when it is committed.
 *
 * Embedded in the engine, whose registry and store it uses. Each pending registration is on the heap until
 * the store has answered it, which it does for all of them before it is closed. Loop thread only.
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
    size_t added;       /* of them, those of services that are not in the registry */
};

void registrations_init(struct registrations *registrations, struct registry *registry, struct store *store);

/* See engine_register. */
enum engine_register_result registrations_add(struct registrations *registrations,
                                              const struct engine_registration *registration,
                                              engine_registered_cb registered, void *arg,
                                              struct engine_pending **pending);

/* As engine_register_abandon. */
void registrations_abandon(struct engine_pending *pending);

#endif
