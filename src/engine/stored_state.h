/* SPDX-License-Identifier: MIT */
/*
 * stored_state - converts the state of a service to the record of the store. Loop thread only.
 */
#ifndef PROCJON_ENGINE_STORED_STATE_H
#define PROCJON_ENGINE_STORED_STATE_H

#include "engine/registry.h"
#include "store/store_record.h"

/* The record borrows the service's identifier. */
static inline void stored_state(const struct registry *registry, const struct service *service,
                                struct store_state *state)
{
    struct service_snapshot snapshot;

    registry_snapshot(registry, service, &snapshot);
    *state = (struct store_state){
        .id = service->id,
        .availability = (int)snapshot.availability,
        .has_code = snapshot.has_code,
        .code = snapshot.code,
        .since_ms = snapshot.since_ms,
        .code_since_ms = snapshot.code_since_ms,
        .seen_ms = snapshot.seen_ms,
    };
}

#endif
