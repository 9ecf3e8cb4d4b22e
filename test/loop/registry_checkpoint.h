/* SPDX-License-Identifier: MIT */
/*
 * registry_checkpoint - what a checkpoint of a registry_bed takes (how many services, and the last of them),
 * and what a restart restores.
 */
#ifndef PROCJON_TEST_REGISTRY_CHECKPOINT_H
#define PROCJON_TEST_REGISTRY_CHECKPOINT_H

#include "engine/service_snapshot.h"
#include "registry_bed.h"

struct seen {
    unsigned count;
    int64_t seen_ms;
    char id[8];
};

static inline void on_seen(void *arg, const struct service *service, int64_t seen_ms)
{
    struct seen *seen = arg;

    seen->count++;
    seen->seen_ms = seen_ms;
    snprintf(seen->id, sizeof seen->id, "%s", service->id);
}

static inline struct seen take(struct bed *bed)
{
    struct seen seen = {0};

    registry_take_seen(&bed->registry, on_seen, &seen);
    return seen;
}

/* The server that made the checkpoint had the same restart grace. */
static inline void bed_restore(struct bed *bed, struct service *service,
                               const struct service_snapshot *snapshot, int64_t last_alive_ms)
{
    const struct last_checkpoint checkpoint = {last_alive_ms, bed->registry.restart_grace_ms};

    registry_restore(&bed->registry, service, snapshot, &checkpoint);
}

#endif
