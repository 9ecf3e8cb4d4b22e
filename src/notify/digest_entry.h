/* SPDX-License-Identifier: MIT */
/*
 * digest_entry - the net effect of the notices about one service, for one sink.
 *
 * Pure. On the heap, owned by whoever made it until it is put into a digest; its strings are its own. Notices
 * are added in the order of their ids.
 */
#ifndef PROCJON_NOTIFY_DIGEST_ENTRY_H
#define PROCJON_NOTIFY_DIGEST_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/event.h"
#include "base/hash.h"
#include "notify/ids.h"

/*
 * A service that is back in its old state within this time is not worth a message that arrives afterwards. A
 * longer outage is told: otherwise its reader would never learn of one that fell into the sink's own outage.
 */
#define DIGEST_BLIP_MS 60000

enum digest_availability { DIGEST_NEVER, DIGEST_AWAY, DIGEST_HERE };

/* What happened to one service, from before the first notice to after the last. */
struct digest_entry {
    char *service;
    struct ids ids;            /* of the notices that make up the entry */
    struct ids outdated;       /* of reminders that the state has outlived: to be settled, not to be told */
    int64_t first_ms, last_ms; /* when the first and the last happened, wall clock */
    int64_t since_ms;          /* of the last */
    bool maybe_told; /* people may have read the first notices, so the end is told, whatever it is */

    size_t changes; /* notices about the status; 0: the next five mean nothing */
    char *status_before, *status;
    int64_t code_before, code; /* of these, EVENT_NO_CODE: unknown */
    enum event_severity status_severity;

    size_t turns; /* notices about availability; 0: the next six mean nothing */
    enum digest_availability before, after;
    enum event_severity availability_severity;
    char *reason;       /* of the last absence */
    int64_t told_ms;    /* length of the absence that had begun before the first notice */
    int64_t between_ms; /* of those that began and ended among the notices */

    char *mass_outage; /* text of the last such notice, else NULL; then `service` is "", and all else is 0 */

    char *remark; /* the last one, as long as it is true; NULL: there is none */
    enum event_kind
        remark_kind; /* of the last one: REMARK, FLAPPING, STABLE or REMINDER; 0: there was none */
    enum event_severity remark_severity;
    bool reminder_over; /* the entry is a reminder, and digest_outdate was called for it */

    UT_hash_handle hh;
};

struct digest_entry *digest_entry_new(const struct event *event);
void digest_entry_free(struct digest_entry *entry);

/* Merges the next notice about the same service into the entry. */
void digest_entry_add(struct digest_entry *entry, const struct event *event);

/* The one notice that the entry consists of, or false if there are more. The strings are the entry's. */
bool digest_entry_single(const struct digest_entry *entry, struct event *event);

/* Takes over everything of an entry about the same service whose notices are later; `later` is still to be
 * freed. */
void digest_entry_absorb(struct digest_entry *entry, struct digest_entry *later);

/* Whether there is nothing to tell in the end: see DIGEST_BLIP_MS. */
bool digest_entry_void(const struct digest_entry *entry);

/* Whether it is a reminder, and nothing else. */
bool digest_entry_reminds(const struct digest_entry *entry);

/* Whether the status, or the availability, differs from the one before the first notice. Two codes with one
 * text are two statuses. */
bool digest_entry_restated(const struct digest_entry *entry);
bool digest_entry_turned(const struct digest_entry *entry);

/* Severity of the net effect. */
enum event_severity digest_entry_severity(const struct digest_entry *entry);

#endif
