/* SPDX-License-Identifier: MIT */
/*
 * registry_entry - a service in the registry, with its timer, its times on the wall clock, and the stream
 * that reported last.
 *
 * For registry.c and registry_restore.c only. Allocated when the service is registered, freed when the
 * registry is closed.
 */
#ifndef PROCJON_ENGINE_REGISTRY_ENTRY_H
#define PROCJON_ENGINE_REGISTRY_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/hash.h"
#include "base/uvx.h"
#include "engine/report_stream.h"
#include "engine/service.h"
#include "engine/unknown_codes.h"

struct registry;

struct entry {
    struct service service;
    uv_timer_t timer; /* fires at the deadline or before it; inactive when no deadline runs */
    UT_hash_handle hh;
    struct report_stream_link link; /* to the stream that reported last */
    uint64_t reports;               /* since the process began */
    uint64_t awaited_reports;       /* see registry_await; 0: none */
    struct entry *next_dirty;       /* reported since the last checkpoint */
    bool dirty;
    /* Of the loop's clock (engine/loop_clock.h). */
    uint64_t timer_due_ms;     /* when the timer is to fire */
    uint64_t read_deadline_ms; /* the deadline after which the loop has had an iteration to read reports */
    uint64_t stored_seen_ms;   /* the service's last_seen_ms that is on disk, or on its way there */
    /* Of the wall clock: when it was registered, when its availability changed, when its code changed. */
    int64_t registered_ms, since_ms, code_since_ms;
    unsigned pending; /* registrations on their way to the disk */
    struct unknown_codes unknown_codes;
};

static inline struct entry *entry_of(const struct service *service)
{
    return container_of(service, struct entry, service);
}

/* See registry_extend, which does this for every service. */
void registry_extend_entry(struct registry *registry, struct entry *entry, uint64_t stalled_ms);

#endif
