/* SPDX-License-Identifier: MIT */
/*
 * registry_entry - a service where it stands in the registry: with its timer, its times on the wall clock,
 * and who speaks for it.
 *
 * For registry.c and registry_snapshot.c alone. Allocated by the registry and freed with it.
 */
#ifndef PROCJON_ENGINE_REGISTRY_ENTRY_H
#define PROCJON_ENGINE_REGISTRY_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/hash.h"
#include "base/uvx.h"
#include "engine/service.h"
#include "engine/report_stream.h"
#include "engine/unknown_codes.h"

struct registry;

struct entry {
    struct service service; /* first */
    uv_timer_t timer;       /* never later than the deadline, but see on_timer; idle when none runs */
    UT_hash_handle hh;
    struct report_stream_link link; /* to the stream that spoke last */
    uint64_t reports;               /* since the process began */
    uint64_t awaited_reports;       /* registry_await; 0: none */
    struct entry *next_dirty;
    bool dirty;
    uint64_t due_ms;      /* when the timer is to fire */
    uint64_t read_for_ms; /* the deadline after which the loop had its turn to read */
    uint64_t stored_ms;   /* the basis that is on disk, or on its way there */
    int64_t registered_ms, since_ms, code_since_ms; /* wall clock; the last two: of availability and code */
    unsigned pending;
    struct unknown_codes warned;
};

static inline struct entry *entry_of(const struct service *service)
{
    return container_of(service, struct entry, service);
}

/* The server was away for `stalled_ms`: see registry_extend. */
void registry_extend_entry(struct registry *registry, struct entry *entry, uint64_t stalled_ms);

#endif
