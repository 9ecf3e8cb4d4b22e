/* SPDX-License-Identifier: MIT */
#include "engine/registry.h"

#include "base/wall_clock.h"
#include "engine/loop_clock.h"
#include "engine/registry_entry.h"

void registry_restore(struct registry *registry, struct service *service,
                      const struct service_snapshot *snapshot, const struct last_checkpoint *last)
{
    struct entry *entry = entry_of(service);
    int64_t wall_ms = wall_clock_now();
    int64_t last_seen_ms = snapshot->seen_ms != 0 ? snapshot->seen_ms : snapshot->registered_ms;

    /* For a short timeout no time is stored: the service counts as seen at the last checkpoint. */
    if (service->timeout_ms <= last->grace_ms && last_seen_ms < last->last_alive_ms)
        last_seen_ms = last->last_alive_ms;
    service->availability = snapshot->availability;
    service->reported = snapshot->seen_ms != 0 && snapshot->availability != SERVICE_UNKNOWN;
    service->has_code = snapshot->has_code;
    service->code = snapshot->code;
    service->last_seen_ms = loop_clock_begins(registry->loop) - loop_clock_elapsed(wall_ms, last_seen_ms);
    entry->registered_ms = snapshot->registered_ms;
    entry->since_ms = snapshot->since_ms;
    entry->code_since_ms = snapshot->code_since_ms;

    registry_extend_entry(registry, entry, loop_clock_elapsed(wall_ms, last->last_alive_ms));
    entry->stored_seen_ms = service->last_seen_ms;
}

void registry_extend(struct registry *registry, uint64_t stalled_ms)
{
    for (struct entry *entry = registry->table; entry != NULL; entry = entry->hh.next)
        registry_extend_entry(registry, entry, stalled_ms);
}

void registry_take_seen(struct registry *registry, registry_seen_cb seen, void *arg)
{
    int64_t wall_ms = wall_clock_now();

    for (struct entry *entry = registry->dirty; entry != NULL; entry = entry->next_dirty) {
        entry->dirty = false;
        entry->stored_seen_ms = entry->service.last_seen_ms;
        if (entry->service.reported || entry->service.availability == SERVICE_UNKNOWN)
            seen(arg, &entry->service,
                 loop_clock_on_wall(registry->loop, wall_ms, entry->service.last_seen_ms));
    }
    registry->dirty = NULL;
    registry->checkpoint_asked = false;
}
