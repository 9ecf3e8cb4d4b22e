/* SPDX-License-Identifier: MIT */
/*
 * registry_entry - a service where it stands in the registry: with its timer, its times on the wall clock,
 * and who speaks for it.
 *
 * For registry.c and registry_memory.c alone. Allocated by the registry and freed with it.
 */
#ifndef PROCJON_MONITOR_REGISTRY_ENTRY_H
#define PROCJON_MONITOR_REGISTRY_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/hash.h"
#include "base/uvx.h"
#include "monitor/service.h"
#include "monitor/speaker.h"
#include "monitor/tally.h"
#include "monitor/warned.h"

struct registry;

struct entry {
    struct service service; /* first */
    uv_timer_t timer;       /* never later than the deadline, but see on_timer; idle when none runs */
    UT_hash_handle hh;
    struct speaker_link link; /* to the stream that spoke last */
    struct tally tally;
    struct entry *next_dirty;
    bool dirty;
    uint64_t due_ms;      /* when the timer is to fire */
    uint64_t read_for_ms; /* the deadline after which the loop had its turn to read */
    uint64_t stored_ms;   /* the basis that is on disk, or on its way there */
    int64_t registered_ms, since_ms, code_since_ms; /* wall clock; the last two: of presence and code */
    unsigned pending;
    struct warned warned;
};

static inline struct entry *entry_of(const struct service *service)
{
    return container_of(service, struct entry, service);
}

/* The server was away for `absence_ms`: see registry_excuse. */
void registry_excuse_entry(struct registry *registry, struct entry *entry, uint64_t absence_ms);

#endif
