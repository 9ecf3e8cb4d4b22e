/* SPDX-License-Identifier: MIT */
/*
 * state - what the registry knows of a service, as the store keeps it, and back.
 *
 * Stateless. Loop thread only.
 */
#ifndef PROCJON_ENGINE_STATE_H
#define PROCJON_ENGINE_STATE_H

#include "engine/service_snapshot.h"
#include "store/store_record.h"

/* Points to the service's identifier. */
void state_to_store(const struct registry *registry, const struct service *service,
                    struct store_state *state);

/* At boot: registers the service and puts it back where it was. `stamp`: the last one. */
struct service *state_from_store(struct registry *registry, const struct store_service *stored,
                                 const struct store_state *state, const struct last_checkpoint *stamp);

#endif
