/* SPDX-License-Identifier: MIT */
/*
 * restore - restores at the start what the store holds: services to the registry, and notices that are not
 * settled to the queues of their sinks, or to the stage that holds them. Nothing is decided again.
 *
 * A struct restore lives during the call only. Blocks; once, before the first write.
 */
#ifndef PROCJON_ENGINE_RESTORE_H
#define PROCJON_ENGINE_RESTORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/dispatcher.h"
#include "engine/registry.h"
#include "store/store.h"

struct restore {
    struct registry *registry;
    struct dispatcher *dispatcher;
    /* Filled by restore_load. */
    struct last_checkpoint last;
    uint64_t last_event; /* the highest event id ever used */
    size_t available;    /* services */
};

/* The caller fills the first two members. 0, or the error of store_load. */
int restore_load(struct restore *restore, struct store *store, struct err *err);

#endif
