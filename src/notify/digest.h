/* SPDX-License-Identifier: MIT */
/*
 * digest - what waits to be told, merged per service while it waits.
 *
 * Pure: no clock, no loop. Embedded in its owner; a zeroed struct is an empty digest. A notice is merged the
 * moment it is added, in constant time; what is kept grows with the number of services, and by 8 bytes per
 * notice. The order of the services is the order of their first notice.
 *
 * Entries and their strings belong to the digest and live until it is added to, merged, sifted or given back.
 */
#ifndef PROCJON_NOTIFY_DIGEST_H
#define PROCJON_NOTIFY_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "notify/ids.h"
#include "base/event.h"

/*
 * A service that is back where it was within this time is not worth a message that arrives afterwards. One
 * that was elsewhere for longer is: its reader would otherwise never learn of an outage that fell into the
 * sink's own.
 */
#define DIGEST_BLIP_MS 60000

enum digest_availability { DIGEST_NEVER, DIGEST_AWAY, DIGEST_HERE };

/* What happened to one service, from before the first notice to after the last. */
struct digest_entry {
    char *service;
    struct ids ids;
    int64_t first_ms, last_ms; /* when the first and the last happened, wall clock */
    int64_t since_ms;          /* of the last */
    bool maybe_told;           /* people may have read the beginning: the end is told, whatever it is */

    size_t changes; /* notices about the status; 0: the next three mean nothing */
    char *status_before, *status;
    enum event_severity status_severity;

    size_t turns; /* notices about availability; 0: the rest means nothing */
    enum digest_availability before, after;
    enum event_severity availability_severity;
    char *reason;       /* of the last absence */
    int64_t told_ms;    /* length of the absence that had begun before the first notice */
    int64_t between_ms; /* of those that began and ended among the notices */

    char *mass_outage; /* text of the last such notice, else NULL; then `service` is "", and all else is 0 */

    char *remark;                /* the last one, as long as it is true; NULL: there is none */
    enum event_kind remark_kind; /* of the last one: REMARK, FLAPPING or STABLE; 0: there was none */
    enum event_severity remark_severity;

    UT_hash_handle hh;
};

struct digest {
    struct digest_entry *entries; /* iterate with `->hh.next` */
    size_t notices;
};

void digest_fini(struct digest *digest);

/* Copies what it keeps of the notice. */
void digest_add(struct digest *digest, const struct event *event);

/* Appends everything of `later` to `digest`; `later` is empty afterwards. Costs the size of `later` only. */
void digest_merge(struct digest *digest, struct digest *later);

/* Moves the first `max` services (0: all) to `to`, which is empty. */
void digest_take(struct digest *digest, size_t max, struct digest *to);

/* The message about it failed in a way that does not rule out that somebody has read it. */
void digest_doubt(struct digest *digest);

/* Takes out the services with nothing to tell (see DIGEST_BLIP_MS) and appends their ids to `void_ids`. */
void digest_sift(struct digest *digest, struct ids *void_ids);

/* Appends the ids of everything in it. */
void digest_ids(const struct digest *digest, struct ids *ids);

static inline size_t digest_services(const struct digest *digest)
{
    return HASH_COUNT(digest->entries);
}

/* Whether the status, or the availability, is another one than before the first notice. */
bool digest_entry_restated(const struct digest_entry *entry);
bool digest_entry_turned(const struct digest_entry *entry);

/* Severity of the net effect; of the digest: the worst of its entries. */
enum event_severity digest_entry_severity(const struct digest_entry *entry);
enum event_severity digest_severity(const struct digest *digest);

/* The one notice in it, or false if there are more or none. Its strings are the entry's. */
bool digest_single(const struct digest *digest, struct event *event);

#endif
