/* SPDX-License-Identifier: MIT */
/*
 * digest - the notices that wait for one sink, merged per service to their net effect.
 *
 * Pure: no clock, no loop, no I/O. Embedded in its owner; a zeroed struct is an empty digest. A notice is
 * merged when it is added, in constant time. The memory grows with the number of services, and by 8 bytes per
 * notice for its id. The services are in the order of their first notices.
 *
 * The digest owns its entries. A pointer to one is valid until the next call that changes the digest.
 */
#ifndef PROCJON_NOTIFY_DIGEST_H
#define PROCJON_NOTIFY_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notify/digest_entry.h"

struct digest {
    struct digest_entry *entries; /* a uthash table; iterate with `->hh.next` */
    size_t notices;               /* in all entries, outdated reminders included */
};

/* Frees the entries; the digest is empty and usable afterwards. */
void digest_fini(struct digest *digest);

/* Takes the ownership of the entry: merges it into the entry of the same service, or adds it. */
void digest_put(struct digest *digest, struct digest_entry *entry);

/* Merges one notice, and copies what it keeps of it. */
void digest_add(struct digest *digest, const struct event *event);

/* Moves everything of `later` to the end of `digest`; `later` is empty afterwards. O(size of `later`). */
void digest_merge(struct digest *digest, struct digest *later);

/* Moves the first `max` services (0: all) to `to`, which must be empty. */
void digest_take(struct digest *digest, size_t max, struct digest *to);

/* A message about this digest failed, but may have been received: see digest_entry.maybe_told. */
void digest_mark_maybe_told(struct digest *digest);

/* The state of the service has changed: a reminder of it in the digest is outdated. */
void digest_outdate_reminder(struct digest *digest, const char *service);

/* Whether it consists of outdated reminders only, so that a message about it would be wrong. */
bool digest_is_outdated(const struct digest *digest);

/*
 * Removes the services whose net effect is nothing (see DIGEST_VOID_MS) and the outdated reminders, and
 * appends the ids of their notices to `void_ids`.
 */
void digest_sift(struct digest *digest, struct ids *void_ids);

/* Appends the ids of all notices. */
void digest_ids(const struct digest *digest, struct ids *ids);

static inline size_t digest_services(const struct digest *digest)
{
    return HASH_COUNT(digest->entries);
}

/* The highest severity of its entries; EVENT_GOOD for an empty digest. */
enum event_severity digest_severity(const struct digest *digest);

/* If there is exactly one notice: fills `event`, whose strings are the digest's, and returns true. */
bool digest_single(const struct digest *digest, struct event *event);

#endif
