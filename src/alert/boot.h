/* SPDX-License-Identifier: MIT */
/*
 * boot - puts what the store remembers back where it was: services into the registry, what is owed to its
 * sinks.
 *
 * Blocks; once, before the first write. Nothing is kept.
 */
#ifndef PROCJON_ALERT_BOOT_H
#define PROCJON_ALERT_BOOT_H

#include "alert/calm.h"
#include "base/err.h"
#include "monitor/registry_memory.h"
#include "notify/router.h"
#include "store/store.h"

struct boot {
    struct registry *registry;
    struct router *router;
    struct calm *calm;
    int64_t now_ms; /* of the loop */
    /* What was found. */
    struct registry_stamp stamp;
    uint64_t last_event; /* the highest event id ever used */
    size_t live;         /* services that were available */
};

/* The caller fills the first four members. */
int boot_load(struct boot *boot, struct store *store, struct err *err);

#endif
