/* SPDX-License-Identifier: MIT */
#include "notify/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Removes all entries from the table. They stay linked by `hh.next`, in their order. */
static struct digest_entry *empty(struct digest *digest)
{
    struct digest_entry *first = digest->entries;

    HASH_CLEAR(hh, digest->entries);
    digest->notices = 0;
    return first;
}

void digest_fini(struct digest *digest)
{
    struct digest_entry *next;

    for (struct digest_entry *entry = empty(digest); entry != NULL; entry = next) {
        next = entry->hh.next;
        digest_entry_free(entry);
    }
}

static struct digest_entry *find(struct digest *digest, const char *service)
{
    struct digest_entry *entry;

    HASH_FIND_STR(digest->entries, service, entry);
    return entry;
}

static void insert(struct digest *digest, struct digest_entry *entry)
{
    /* The analyser loses track of uthash's list. NOLINTNEXTLINE(clang-analyzer-*) */
    HASH_ADD_KEYPTR(hh, digest->entries, entry->service, strlen(entry->service), entry);
}

void digest_add(struct digest *digest, const struct event *event)
{
    struct digest_entry *entry = find(digest, event->service);

    digest->notices++;
    if (entry != NULL)
        digest_entry_add(entry, event);
    else
        insert(digest, digest_entry_new(event));
}

void digest_put(struct digest *digest, struct digest_entry *entry)
{
    struct digest_entry *known = find(digest, entry->service);

    digest->notices += entry->ids.count + entry->outdated.count;
    if (known == NULL) {
        insert(digest, entry);
        return;
    }
    digest_entry_absorb(known, entry);
    digest_entry_free(entry);
}

void digest_merge(struct digest *digest, struct digest *later)
{
    struct digest_entry *next;

    for (struct digest_entry *entry = empty(later); entry != NULL; entry = next) {
        next = entry->hh.next;
        digest_put(digest, entry);
    }
}

void digest_take(struct digest *digest, size_t max, struct digest *to)
{
    struct digest_entry *entry;

    if (max == 0 || digest_services(digest) <= max) {
        *to = *digest;
        *digest = (struct digest){0};
        return;
    }
    while (digest_services(to) < max) {
        entry = digest->entries;
        /* The analyser loses track of uthash's list. NOLINTNEXTLINE(clang-analyzer-*) */
        HASH_DEL(digest->entries, entry);
        digest->notices -= entry->ids.count + entry->outdated.count;
        to->notices += entry->ids.count + entry->outdated.count;
        insert(to, entry);
    }
}

void digest_mark_maybe_told(struct digest *digest)
{
    for (struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next)
        entry->maybe_told = true;
}

void digest_outdate_reminder(struct digest *digest, const char *service)
{
    struct digest_entry *known = find(digest, service);

    if (known != NULL && digest_entry_is_reminder(known))
        known->reminder_outdated = true;
}

bool digest_is_outdated(const struct digest *digest)
{
    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        if (!entry->reminder_outdated)
            return false;
    }
    return digest->entries != NULL;
}

/* Outdated reminders are settled, and are no part of the message. */
static void sift_outdated(struct digest *digest, struct digest_entry *entry, struct ids *void_ids)
{
    ids_append(void_ids, &entry->outdated);
    digest->notices -= entry->outdated.count;
    ids_fini(&entry->outdated);
}

void digest_sift(struct digest *digest, struct ids *void_ids)
{
    struct digest_entry *entry, *next;

    HASH_ITER(hh, digest->entries, entry, next)
    {
        sift_outdated(digest, entry, void_ids);
        if (!digest_entry_is_void(entry))
            continue;
        ids_append(void_ids, &entry->ids);
        digest->notices -= entry->ids.count;
        /* The analyser loses track of uthash's list. NOLINTNEXTLINE(clang-analyzer-*) */
        HASH_DEL(digest->entries, entry);
        digest_entry_free(entry);
    }
}

void digest_ids(const struct digest *digest, struct ids *ids)
{
    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        ids_append(ids, &entry->ids);
        ids_append(ids, &entry->outdated);
    }
}

enum event_severity digest_severity(const struct digest *digest)
{
    enum event_severity worst = EVENT_GOOD;

    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        enum event_severity severity = digest_entry_severity(entry);

        if (severity > worst)
            worst = severity;
    }
    return worst;
}

bool digest_single(const struct digest *digest, struct event *event)
{
    return digest_services(digest) == 1 && digest_entry_single(digest->entries, event);
}
