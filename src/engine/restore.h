/* SPDX-License-Identifier: MIT */
/*
 * restore - puts what the store has kept back where it was: services into the registry, notices to their
 * sinks or to the stage that holds them, as they were decided.
 *
 * Blocks; once, before the first write. Nothing is kept.
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
    /* What was found. */
    struct last_checkpoint last;
    uint64_t last_event; /* the highest event id ever used */
    size_t live;         /* services that were available */
};

/* The caller fills the first two members. */
int restore_load(struct restore *restore, struct store *store, struct err *err);

#endif
