/* SPDX-License-Identifier: MIT */
#include "notify/hold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct hold_entry {
    char *service;
    int64_t due_ms;
    uint64_t due_reports;
    struct digest digest; /* of this one service */
    UT_hash_handle hh;
};

static struct hold_entry *find(const struct hold *hold, const char *service)
{
    struct hold_entry *entry;

    HASH_FIND_STR(hold->entries, service, entry);
    return entry;
}

static struct hold_entry *insert(struct hold *hold, const struct event *event, int64_t at_ms,
                                 struct patience patience)
{
    struct hold_entry *entry = mem_alloc(sizeof *entry);

    *entry = (struct hold_entry){
        .service = mem_strdup(event->service), .due_ms = HOLD_NEVER, .due_reports = HOLD_NO_REPORT};
    if (patience.ms > 0)
        entry->due_ms = at_ms + (int64_t)patience.ms;
    if (patience.reports > 0)
        entry->due_reports = event->reports > 0 ? event->reports + patience.reports - 1 : 1;
    HASH_ADD_KEYPTR(hh, hold->entries, entry->service, strlen(entry->service), entry);
    return entry;
}

static void drop(struct hold *hold, struct hold_entry *entry)
{
    /* The analyser loses track of uthash's list. NOLINTNEXTLINE(clang-analyzer-*) */
    HASH_DEL(hold->entries, entry);
    hold->notices -= entry->digest.notices;
    digest_fini(&entry->digest);
    free(entry->service);
    free(entry);
}

static void release(struct hold *hold, struct hold_entry *entry, struct digest *told)
{
    hold->notices -= entry->digest.notices;
    digest_merge(told, &entry->digest);
    drop(hold, entry);
}

/* A first status that is well is no news, as it is none without a route. */
static bool is_over(const struct hold_entry *entry)
{
    const struct digest_entry *news = entry->digest.entries;

    if (news->remark != NULL || digest_entry_turned(news))
        return false;
    return !digest_entry_restated(news) ||
           (news->status_before[0] == '\0' && news->status_severity == EVENT_GOOD);
}

/* Better than before, and nothing bad is left that could pass. */
static bool is_well(const struct hold_entry *entry)
{
    const struct digest_entry *news = entry->digest.entries;

    return (news->changes == 0 || news->status_severity == EVENT_GOOD) &&
           (news->turns == 0 || news->after != DIGEST_AWAY);
}

/* Good news needs no patience, and in silence there is no report to count. */
static bool counts_at_once(const struct event *event, struct patience patience)
{
    bool bad_status = event->kind == EVENT_STATUS && event->severity != EVENT_GOOD;

    if (event->kind != EVENT_UNAVAILABLE && !bad_status)
        return true;
    return patience.ms == 0 && (patience.reports == 0 || event->kind == EVENT_UNAVAILABLE);
}

/* Whoever only counts reports waits for none from a service that has fallen silent. */
static bool ends_counting(const struct hold_entry *entry, const struct event *event)
{
    return event->kind == EVENT_UNAVAILABLE && entry->due_ms == HOLD_NEVER;
}

static bool says_all(const struct event *event)
{
    return event->kind == EVENT_FLAPPING || event->kind == EVENT_STABLE;
}

void hold_fini(struct hold *hold)
{
    struct hold_entry *entry, *next;

    HASH_ITER(hh, hold->entries, entry, next)
    {
        drop(hold, entry);
    }
}

void hold_add(struct hold *hold, const struct event *event, int64_t at_ms, struct patience patience,
              struct digest *told, struct ids *brief)
{
    struct hold_entry *entry = find(hold, event->service);

    if (entry != NULL && (at_ms >= entry->due_ms || ends_counting(entry, event))) {
        release(hold, entry, told);
        entry = NULL;
    }
    if (entry != NULL && says_all(event)) {
        digest_ids(&entry->digest, brief);
        drop(hold, entry);
        entry = NULL;
    }
    if (entry == NULL) {
        if (counts_at_once(event, patience)) {
            digest_add(told, event);
            return;
        }
        entry = insert(hold, event, at_ms, patience);
    }
    digest_add(&entry->digest, event);
    hold->notices++;
    if (is_over(entry)) {
        digest_ids(&entry->digest, brief);
        drop(hold, entry);
    } else if (is_well(entry)) {
        release(hold, entry, told);
    }
}

bool hold_waits(const struct hold *hold, const char *service, int64_t *due_ms, uint64_t *due_reports)
{
    const struct hold_entry *entry = find(hold, service);

    if (entry == NULL)
        return false;
    *due_ms = entry->due_ms;
    *due_reports = entry->due_reports;
    return true;
}

void hold_heard(struct hold *hold, const char *service, uint64_t reports, struct digest *told)
{
    struct hold_entry *entry = find(hold, service);

    if (entry != NULL && reports >= entry->due_reports)
        release(hold, entry, told);
}

int64_t hold_due(const struct hold *hold)
{
    int64_t due_ms = HOLD_NEVER;

    for (const struct hold_entry *entry = hold->entries; entry != NULL; entry = entry->hh.next) {
        if (entry->due_ms < due_ms)
            due_ms = entry->due_ms;
    }
    return due_ms;
}

void hold_release(struct hold *hold, int64_t now_ms, struct digest *told)
{
    struct hold_entry *entry, *next;

    HASH_ITER(hh, hold->entries, entry, next)
    {
        if (entry->due_ms <= now_ms)
            release(hold, entry, told);
    }
}
