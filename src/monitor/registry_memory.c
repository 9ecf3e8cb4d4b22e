/* SPDX-License-Identifier: MIT */
#include "monitor/registry_memory.h"

#include "base/wall.h"
#include "monitor/clock.h"
#include "monitor/registry_entry.h"

static int64_t basis_at(const struct registry *registry, const struct service *service, int64_t wall_ms)
{
    return clock_on_wall(registry->loop, wall_ms, service->basis_ms);
}

void registry_memory_of(const struct registry *registry, const struct service *service,
                        struct registry_memory *memory)
{
    const struct entry *entry = entry_of(service);

    *memory = (struct registry_memory){
        .presence = service->presence,
        .has_code = service->has_code,
        .code = service->code,
        .since_ms = entry->since_ms,
        .code_since_ms = entry->code_since_ms,
        .seen_ms = service->reported ? basis_at(registry, service, wall_now()) : 0,
        .registered_ms = entry->registered_ms,
    };
}

void registry_memory_restore(struct registry *registry, struct service *service,
                             const struct registry_memory *memory, const struct registry_stamp *stamp)
{
    struct entry *entry = entry_of(service);
    int64_t wall_ms = wall_now();
    int64_t basis_ms = memory->seen_ms != 0 ? memory->seen_ms : memory->registered_ms;

    /* A short timeout is never stamped: who had one was there when the server was, as far as is known. */
    if (service->timeout_ms <= stamp->grace_ms && basis_ms < stamp->alive_ms)
        basis_ms = stamp->alive_ms;
    service->presence = memory->presence;
    service->reported = memory->seen_ms != 0 && memory->presence != SERVICE_UNKNOWN;
    service->has_code = memory->has_code;
    service->code = memory->code;
    service->basis_ms = clock_begins(registry->loop) - clock_elapsed(wall_ms, basis_ms);
    entry->registered_ms = memory->registered_ms;
    entry->since_ms = memory->since_ms;
    entry->code_since_ms = memory->code_since_ms;

    registry_excuse_entry(registry, entry, clock_elapsed(wall_ms, stamp->alive_ms));
    entry->stored_ms = service->basis_ms;
}

void registry_memory_take_seen(struct registry *registry, registry_memory_seen_cb seen, void *arg)
{
    int64_t wall_ms = wall_now();

    for (struct entry *entry = registry->dirty; entry != NULL; entry = entry->next_dirty) {
        entry->dirty = false;
        entry->stored_ms = entry->service.basis_ms;
        if (entry->service.reported || entry->service.presence == SERVICE_UNKNOWN)
            seen(arg, &entry->service, basis_at(registry, &entry->service, wall_ms));
    }
    registry->dirty = NULL;
    registry->stamp_asked = false;
}
