/* SPDX-License-Identifier: MIT */
/*
 * digest_entry - the net effect of the notices about one service, for one sink.
 *
 * Pure. On the heap, owned by its maker until it is put into a digest; it owns its strings. Notices must be
 * added in the order of their ids. Times are wall clock, milliseconds since 1970.
 */
#ifndef PROCJON_NOTIFY_DIGEST_ENTRY_H
#define PROCJON_NOTIFY_DIGEST_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/event.h"
#include "base/hash.h"

/*
 * A service that returns to its old state within this time, and of which no message was sent, causes no
 * message at all. A longer outage is reported although it is over: otherwise the reader would never learn of
 * an outage that began and ended while the sink itself failed.
 */
#define DIGEST_VOID_MS 60000

/* A growing array of event ids, embedded in its owner; a zeroed struct is an empty one. One id takes 8 bytes,
 * which is all that a notice takes once it is merged. */
struct ids {
    uint64_t *list;
    size_t count;
    size_t capacity;
};

/* Frees the array; it is empty and usable afterwards. */
void ids_fini(struct ids *ids);
void ids_add(struct ids *ids, uint64_t id);

/* Appends a copy of all ids of `from`. */
void ids_append(struct ids *ids, const struct ids *from);

enum digest_availability { DIGEST_UNKNOWN, DIGEST_UNAVAILABLE, DIGEST_AVAILABLE };

struct digest_entry {
    char *service;
    struct ids ids;            /* of the notices that the entry consists of */
    struct ids outdated;       /* of reminders whose state has changed since: settled without a message */
    int64_t first_ms, last_ms; /* when the first and the last notice happened */
    int64_t since_ms;          /* event.since_ms of the last notice */
    bool maybe_told;           /* an earlier message may have been read, so that the outcome must be told */

    size_t status_changes; /* notices about the status; 0: the next five fields have no meaning */
    char *status_before, *status;
    int64_t code_before, code; /* EVENT_NO_CODE: unknown */
    enum event_severity status_severity;

    size_t availability_changes; /* notices about the availability; 0: the next six have no meaning */
    enum digest_availability availability_before, availability;
    enum event_severity availability_severity;
    char *reason;               /* of the last absence */
    int64_t absence_before_ms;  /* length of the absence that had begun before the first notice */
    int64_t absence_between_ms; /* total length of the absences that began and ended among the notices */

    char *mass_outage; /* the text of the last such notice, else NULL; then `service` is "", all else is 0 */

    char *remark;                /* the last one, as long as it is true; NULL: none */
    enum event_kind remark_kind; /* of the last one: REMARK, FLAPPING, STABLE or REMINDER; 0: none so far */
    enum event_severity remark_severity;
    bool reminder_outdated; /* the entry is a reminder, and digest_outdate_reminder was called for it */

    UT_hash_handle hh;
};

/* An entry that consists of this notice; copies what it keeps. */
struct digest_entry *digest_entry_new(const struct event *event);
void digest_entry_free(struct digest_entry *entry);

/* Merges the next notice about the same service into the entry. */
void digest_entry_add(struct digest_entry *entry, const struct event *event);

/* If the entry has exactly one notice: fills `event`, whose strings are the entry's, and returns true. */
bool digest_entry_single(const struct digest_entry *entry, struct event *event);

/*
 * Merges an entry about the same service whose notices are later, as if they had been added one by one.
 * `later` is still to be freed.
 */
void digest_entry_absorb(struct digest_entry *entry, struct digest_entry *later);

/* Whether the net effect is nothing: see DIGEST_VOID_MS. */
bool digest_entry_is_void(const struct digest_entry *entry);

/* Whether it consists of a reminder alone. */
bool digest_entry_is_reminder(const struct digest_entry *entry);

/* Whether the status differs from that before the first notice; two codes with one text are two statuses. */
bool digest_entry_status_changed(const struct digest_entry *entry);

/* Whether the availability differs from the one before the first notice. */
bool digest_entry_availability_changed(const struct digest_entry *entry);

/* The severity of the net effect. */
enum event_severity digest_entry_severity(const struct digest_entry *entry);

#endif
