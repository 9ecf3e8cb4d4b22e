/* SPDX-License-Identifier: MIT */
#include "notify/hold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct hold_entry {
    char *service;
    int64_t due_ms;
    struct digest digest; /* of this one service */
    UT_hash_handle hh;
};

static struct hold_entry *find(const struct hold *hold, const char *service)
{
    struct hold_entry *entry;

    HASH_FIND_STR(hold->entries, service, entry);
    return entry;
}

static struct hold_entry *insert(struct hold *hold, const char *service, int64_t due_ms)
{
    struct hold_entry *entry = mem_zalloc(sizeof *entry);

    entry->service = mem_strdup(service);
    entry->due_ms = due_ms;
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
           (news->status_before[0] == '\0' && news->status_severity == NOTICE_GOOD);
}

static bool is_bad_change(const struct notice *notice)
{
    return notice->severity != NOTICE_GOOD &&
           (notice->kind == NOTICE_STATUS || notice->kind == NOTICE_UNAVAILABLE);
}

static bool says_all(const struct notice *notice)
{
    return notice->kind == NOTICE_FLAPPING || notice->kind == NOTICE_STABLE;
}

void hold_fini(struct hold *hold)
{
    struct hold_entry *entry, *next;

    HASH_ITER(hh, hold->entries, entry, next)
    {
        drop(hold, entry);
    }
}

void hold_add(struct hold *hold, const struct notice *notice, int64_t at_ms, uint64_t after_ms,
              struct digest *told, struct ids *brief)
{
    struct hold_entry *entry = find(hold, notice->service);

    if (entry != NULL && at_ms >= entry->due_ms) {
        release(hold, entry, told);
        entry = NULL;
    }
    if (entry != NULL && says_all(notice)) {
        digest_ids(&entry->digest, brief);
        drop(hold, entry);
        entry = NULL;
    }
    if (entry == NULL) {
        if (after_ms == 0 || !is_bad_change(notice)) {
            digest_add(told, notice);
            return;
        }
        entry = insert(hold, notice->service, at_ms + (int64_t)after_ms);
    }
    digest_add(&entry->digest, notice);
    hold->notices++;
    if (is_over(entry)) {
        digest_ids(&entry->digest, brief);
        drop(hold, entry);
    }
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
