/* SPDX-License-Identifier: MIT */
#include "engine/state.h"

#include <string.h>

void state_to_store(const struct registry *registry, const struct service *service, struct store_state *state)
{
    struct service_snapshot memory;

    service_snapshot_take(registry, service, &memory);
    *state = (struct store_state){
        .id = service->id,
        .availability = (int)memory.availability,
        .has_code = memory.has_code,
        .code = memory.code,
        .since_ms = memory.since_ms,
        .code_since_ms = memory.code_since_ms,
        .seen_ms = memory.seen_ms,
    };
}

struct service *state_from_store(struct registry *registry, const struct store_service *stored,
                                 const struct store_state *state, const struct last_checkpoint *stamp)
{
    const struct service_snapshot memory = {
        .availability = (enum service_availability)state->availability,
        .has_code = state->has_code,
        .code = state->code,
        .since_ms = state->since_ms,
        .code_since_ms = state->code_since_ms,
        .seen_ms = state->seen_ms,
        .registered_ms = stored->registered_ms,
    };
    struct service_status statuses[STORE_STATUSES_MAX];
    struct service *service;

    for (size_t i = 0; i < stored->status_count; i++)
        statuses[i] = (struct service_status){stored->statuses[i].code, (char *)stored->statuses[i].text};
    service = registry_register(registry, stored->id, strlen(stored->id), statuses, stored->status_count,
                                (uint64_t)stored->timeout_s * 1000);
    service_snapshot_restore(registry, service, &memory, stamp);
    return service;
}
