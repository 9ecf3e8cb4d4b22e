/* SPDX-License-Identifier: MIT */
/*
 * digest - the notices that wait for a sink, merged per service to their net effect.
 *
 * Pure: no clock, no loop. Embedded in its owner; a zeroed struct is an empty digest. A notice is merged when
 * it is added, in constant time; memory grows with the number of services, and by 8 bytes per notice.
 * Services are in the order of their first notice.
 *
 * Its entries are its own, and live until it is added to, merged, sifted or emptied.
 */
#ifndef PROCJON_NOTIFY_DIGEST_H
#define PROCJON_NOTIFY_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notify/digest_entry.h"

struct digest {
    struct digest_entry *entries; /* iterate with `->hh.next` */
    size_t notices;
};

void digest_fini(struct digest *digest);

/* Takes the entry: it is merged into that of the same service, or becomes one of the digest. */
void digest_put(struct digest *digest, struct digest_entry *entry);

/* Copies what it keeps of the notice. */
void digest_add(struct digest *digest, const struct event *event);

/* Appends everything of `later` to `digest`; `later` is empty afterwards. Costs the size of `later` only. */
void digest_merge(struct digest *digest, struct digest *later);

/* Moves the first `max` services (0: all) to `to`, which is empty. */
void digest_take(struct digest *digest, size_t max, struct digest *to);

/* The message about it failed in a way that does not rule out that somebody has read it. */
void digest_doubt(struct digest *digest);

/* The state of the service has changed since: if the digest has a reminder of it, that one is outdated. */
void digest_outdate(struct digest *digest, const char *service);

/* Whether it has notices, and all of them are outdated reminders: they are not worth a message any more. */
bool digest_outdated(const struct digest *digest);

/* Takes out the services with nothing to tell (see DIGEST_BLIP_MS) and appends their ids, and those of
 * outdated reminders, to `void_ids`. */
void digest_sift(struct digest *digest, struct ids *void_ids);

/* Appends the ids of everything in it. */
void digest_ids(const struct digest *digest, struct ids *ids);

static inline size_t digest_services(const struct digest *digest)
{
    return HASH_COUNT(digest->entries);
}

/* The worst of its entries. */
enum event_severity digest_severity(const struct digest *digest);

/* The one notice in it, or false if there are more or none. Its strings are the entry's. */
bool digest_single(const struct digest *digest, struct event *event);

#endif
