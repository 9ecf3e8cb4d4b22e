/* SPDX-License-Identifier: MIT */
#include "engine/suppression/flap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

const struct flap_times flap_times_default = {.window_ms = FLAP_WINDOW_MS, .stable_ms = FLAP_STABLE_MS};

struct flap_entry {
    char *service;
    uint64_t sinks;                   /* see flap_begin; 0: the service is not flapping */
    int64_t last_ms;                  /* its last transition */
    int64_t changed_ms[FLAP_CHANGES]; /* a ring: its last transitions */
    size_t changes;                   /* transitions since it was flapping last */
    UT_hash_handle hh;
};

static struct flap_entry *find(const struct flap *flap, const char *service)
{
    struct flap_entry *entry;

    HASH_FIND_STR(flap->entries, service, entry);
    return entry;
}

static struct flap_entry *find_or_add(struct flap *flap, const char *service)
{
    struct flap_entry *entry = find(flap, service);

    if (entry != NULL)
        return entry;
    entry = mem_zalloc(sizeof *entry);
    entry->service = mem_strdup(service);
    HASH_ADD_KEYPTR(hh, flap->entries, entry->service, strlen(entry->service), entry);
    return entry;
}

void flap_init(struct flap *flap, const struct flap_times *times)
{
    *flap = (struct flap){.times = times};
}

void flap_fini(struct flap *flap)
{
    struct flap_entry *entry, *next;

    HASH_ITER(hh, flap->entries, entry, next)
    {
        /* The analyser loses track of uthash's list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        HASH_DEL(flap->entries, entry);
        free(entry->service);
        free(entry);
    }
    flap->flapping = 0;
}

bool flap_change(struct flap *flap, const char *service, int64_t at_ms)
{
    struct flap_entry *entry = find_or_add(flap, service);
    int64_t *slot = &entry->changed_ms[entry->changes++ % FLAP_CHANGES];
    int64_t oldest_ms;

    *slot = at_ms;
    entry->last_ms = at_ms;
    if (entry->sinks != 0 || entry->changes < FLAP_CHANGES)
        return false;
    oldest_ms = entry->changed_ms[entry->changes % FLAP_CHANGES];
    return at_ms - oldest_ms <= flap->times->window_ms;
}

void flap_begin(struct flap *flap, const char *service, int64_t at_ms, uint64_t sinks)
{
    struct flap_entry *entry = find_or_add(flap, service);

    assert(sinks != 0);
    flap->flapping += entry->sinks == 0;
    entry->sinks = sinks;
    entry->last_ms = at_ms;
}

uint64_t flap_sinks(const struct flap *flap, const char *service)
{
    const struct flap_entry *entry = find(flap, service);

    return entry != NULL ? entry->sinks : 0;
}

static void end(struct flap *flap, struct flap_entry *entry)
{
    if (entry->sinks == 0)
        return;
    entry->sinks = 0;
    entry->changes = 0;
    flap->flapping--;
}

void flap_end(struct flap *flap, const char *service)
{
    struct flap_entry *entry = find(flap, service);

    if (entry != NULL)
        end(flap, entry);
}

void flap_keep_sinks(struct flap *flap, uint64_t sinks)
{
    for (struct flap_entry *entry = flap->entries; entry != NULL; entry = entry->hh.next) {
        if ((entry->sinks & sinks) == 0)
            end(flap, entry);
        else
            entry->sinks &= sinks;
    }
}

void flap_look(struct flap *flap, int64_t now_ms, flap_stable_cb stable, void *arg)
{
    struct flap_entry *entry, *next;

    if (flap->flapping == 0)
        return;
    HASH_ITER(hh, flap->entries, entry, next)
    {
        if (entry->sinks == 0 || now_ms - entry->last_ms < flap->times->stable_ms)
            continue;
        stable(arg, entry->service, entry->sinks);
        end(flap, entry);
    }
}

static bool is_transition(const struct event *event)
{
    return event->kind == EVENT_STATUS || event->kind == EVENT_AVAILABLE || event->kind == EVENT_UNAVAILABLE;
}

struct stage_verdict flap_judge(const void *state, const struct stage_input *input)
{
    uint64_t sinks = is_transition(input->event) ? flap_sinks(state, input->event->service) : 0;

    if ((sinks >> input->sink & 1) == 0)
        return (struct stage_verdict){.ruling = STAGE_PASS};
    return (struct stage_verdict){.ruling = STAGE_SUPPRESS, .outcome = "flapping"};
}
