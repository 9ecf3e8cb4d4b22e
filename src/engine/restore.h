/* SPDX-License-Identifier: MIT */
/*
 * restore - puts what the store remembers back where it was: services into the registry, what is owed to its
 * sinks.
 *
 * Blocks; once, before the first write. Nothing is kept.
 */
#ifndef PROCJON_ENGINE_RESTORE_H
#define PROCJON_ENGINE_RESTORE_H

#include "engine/calm.h"
#include "base/err.h"
#include "engine/service_snapshot.h"
#include "notify/router.h"
#include "store/store.h"

struct restore {
    struct registry *registry;
    struct router *router;
    struct calm *calm;
    int64_t now_ms; /* of the loop */
    /* What was found. */
    struct last_checkpoint stamp;
    uint64_t last_event; /* the highest event id ever used */
    size_t live;         /* services that were available */
};

/* The caller fills the first four members. */
int restore_load(struct restore *boot, struct store *store, struct err *err);

#endif
