/* SPDX-License-Identifier: MIT */
#include "engine/service_snapshot.h"

#include "base/wall_clock.h"
#include "engine/loop_clock.h"
#include "engine/registry_entry.h"

static int64_t basis_at(const struct registry *registry, const struct service *service, int64_t wall_ms)
{
    return loop_clock_on_wall(registry->loop, wall_ms, service->last_seen_ms);
}

void service_snapshot_take(const struct registry *registry, const struct service *service,
                           struct service_snapshot *memory)
{
    const struct entry *entry = entry_of(service);

    *memory = (struct service_snapshot){
        .availability = service->availability,
        .has_code = service->has_code,
        .code = service->code,
        .since_ms = entry->since_ms,
        .code_since_ms = entry->code_since_ms,
        .seen_ms = service->reported ? basis_at(registry, service, wall_clock_now()) : 0,
        .registered_ms = entry->registered_ms,
    };
}

void service_snapshot_restore(struct registry *registry, struct service *service,
                              const struct service_snapshot *memory, const struct last_checkpoint *stamp)
{
    struct entry *entry = entry_of(service);
    int64_t wall_ms = wall_clock_now();
    int64_t last_seen_ms = memory->seen_ms != 0 ? memory->seen_ms : memory->registered_ms;

    /* A short timeout is never stamped: who had one was there when the server was, as far as is known. */
    if (service->timeout_ms <= stamp->grace_ms && last_seen_ms < stamp->last_alive_ms)
        last_seen_ms = stamp->last_alive_ms;
    service->availability = memory->availability;
    service->reported = memory->seen_ms != 0 && memory->availability != SERVICE_UNKNOWN;
    service->has_code = memory->has_code;
    service->code = memory->code;
    service->last_seen_ms = loop_clock_begins(registry->loop) - loop_clock_elapsed(wall_ms, last_seen_ms);
    entry->registered_ms = memory->registered_ms;
    entry->since_ms = memory->since_ms;
    entry->code_since_ms = memory->code_since_ms;

    registry_extend_entry(registry, entry, loop_clock_elapsed(wall_ms, stamp->last_alive_ms));
    entry->stored_ms = service->last_seen_ms;
}

void service_snapshot_take_seen(struct registry *registry, service_snapshot_seen_cb seen, void *arg)
{
    int64_t wall_ms = wall_clock_now();

    for (struct entry *entry = registry->dirty; entry != NULL; entry = entry->next_dirty) {
        entry->dirty = false;
        entry->stored_ms = entry->service.last_seen_ms;
        if (entry->service.reported || entry->service.availability == SERVICE_UNKNOWN)
            seen(arg, &entry->service, basis_at(registry, &entry->service, wall_ms));
    }
    registry->dirty = NULL;
    registry->checkpoint_asked = false;
}
