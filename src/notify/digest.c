/* SPDX-License-Identifier: MIT */
#include "notify/digest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void entry_free(struct digest_entry *entry)
{
    free(entry->service);
    free(entry->status_before);
    free(entry->status);
    free(entry->reason);
    free(entry->mass_outage);
    free(entry->remark);
    ids_fini(&entry->ids);
    free(entry);
}

/* Takes the entries out of the table; they stay linked by `hh.next`, in their order. */
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
        entry_free(entry);
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

/* The string changes hands. */
static void move(char **to, char **from)
{
    free(*to);
    *to = *from;
    *from = NULL;
}

static void add_status(struct digest_entry *entry, const struct event *event)
{
    if (entry->changes++ == 0)
        mem_replace(&entry->status_before, event->previous);
    mem_replace(&entry->status, event->text);
    entry->status_severity = event->severity;
}

static void add_availability(struct digest_entry *entry, const struct event *event)
{
    bool here = event->kind == EVENT_AVAILABLE;
    int64_t away_ms = here && event->since_ms != 0 ? event->at_ms - event->since_ms : 0;

    if (away_ms < 0) /* the wall clock was set back meanwhile */
        away_ms = 0;
    if (entry->turns++ > 0) {
        entry->between_ms += away_ms;
    } else {
        entry->told_ms = away_ms;
        entry->before = here ? DIGEST_AWAY : DIGEST_HERE;
        if (event->since_ms == 0)
            entry->before = DIGEST_NEVER;
    }
    entry->after = here ? DIGEST_HERE : DIGEST_AWAY;
    entry->availability_severity = event->severity;
    mem_replace(&entry->reason, here ? "" : event->text);
}

static void add_remark(struct digest_entry *entry, const struct event *event)
{
    mem_replace(&entry->remark, event->text);
    entry->remark_kind = event->kind;
    entry->remark_severity = event->severity;
}

/* What came to rest has moved again: people are told where it is now. */
static void outdate(struct digest_entry *entry)
{
    if (entry->remark_kind != EVENT_STABLE)
        return;
    free(entry->remark);
    entry->remark = NULL;
}

/* Says all that there is to say of the service: whoever waits for its changes has missed some. */
static void add_rest(struct digest_entry *entry, const struct event *event)
{
    bool here = event->previous[0] == '\0';
    struct event remark = *event;

    if (event->text[0] != '\0') {
        if (entry->changes++ == 0)
            mem_replace(&entry->status_before, "");
        mem_replace(&entry->status, event->text);
        entry->status_severity = event->severity;
    }
    entry->after = here ? DIGEST_HERE : DIGEST_AWAY;
    if (entry->turns++ == 0)
        entry->before = entry->after;
    entry->availability_severity = here ? EVENT_GOOD : EVENT_DANGER;
    mem_replace(&entry->reason, event->previous);
    if (!here) {
        remark.text = event->previous;
        remark.severity = EVENT_DANGER;
    } else if (event->text[0] == '\0') {
        remark.text = "available";
    }
    add_remark(entry, &remark);
}

static void add(struct digest_entry *entry, const struct event *event)
{
    switch (event->kind) {
    case EVENT_MASS_OUTAGE:
        mem_replace(&entry->mass_outage, event->text);
        break;
    case EVENT_REMARK:
    case EVENT_FLAPPING:
        add_remark(entry, event);
        break;
    case EVENT_STABLE:
        add_rest(entry, event);
        break;
    case EVENT_STATUS:
        outdate(entry);
        add_status(entry, event);
        break;
    case EVENT_AVAILABLE:
    case EVENT_UNAVAILABLE:
        outdate(entry);
        add_availability(entry, event);
        break;
    }
}

void digest_add(struct digest *digest, const struct event *event)
{
    struct digest_entry *entry = find(digest, event->service);

    if (entry == NULL) {
        entry = mem_zalloc(sizeof *entry);
        entry->service = mem_strdup(event->service);
        entry->first_ms = event->at_ms;
        insert(digest, entry);
    }
    ids_add(&entry->ids, event->id);
    entry->maybe_told |= event->maybe_told;
    entry->last_ms = event->at_ms;
    entry->since_ms = event->since_ms;
    add(entry, event);
    digest->notices++;
}

/* Makes `entry` what it would be, had it got the notices of `later` one by one. */
static void absorb(struct digest_entry *entry, struct digest_entry *later)
{
    ids_append(&entry->ids, &later->ids);
    entry->maybe_told |= later->maybe_told;
    entry->last_ms = later->last_ms;
    entry->since_ms = later->since_ms;
    if (later->mass_outage != NULL)
        move(&entry->mass_outage, &later->mass_outage);
    if (later->changes > 0 || later->turns > 0)
        outdate(entry);
    if (later->changes > 0) {
        if (entry->changes == 0)
            move(&entry->status_before, &later->status_before);
        move(&entry->status, &later->status);
        entry->status_severity = later->status_severity;
        entry->changes += later->changes;
    }
    if (later->turns > 0) {
        if (entry->turns == 0) {
            entry->before = later->before;
            entry->told_ms = later->told_ms;
        } else {
            entry->between_ms += later->told_ms;
        }
        entry->between_ms += later->between_ms;
        entry->after = later->after;
        entry->availability_severity = later->availability_severity;
        move(&entry->reason, &later->reason);
        entry->turns += later->turns;
    }
    if (later->remark_kind != 0) {
        move(&entry->remark, &later->remark);
        entry->remark_kind = later->remark_kind;
        entry->remark_severity = later->remark_severity;
    }
}

void digest_merge(struct digest *digest, struct digest *later)
{
    struct digest_entry *known, *next;

    digest->notices += later->notices;
    for (struct digest_entry *entry = empty(later); entry != NULL; entry = next) {
        next = entry->hh.next;
        known = find(digest, entry->service);
        if (known == NULL) {
            insert(digest, entry);
        } else {
            absorb(known, entry);
            entry_free(entry);
        }
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
        digest->notices -= entry->ids.count;
        to->notices += entry->ids.count;
        insert(to, entry);
    }
}

bool digest_entry_restated(const struct digest_entry *entry)
{
    return entry->changes > 0 && strcmp(entry->status_before, entry->status) != 0;
}

bool digest_entry_turned(const struct digest_entry *entry)
{
    return entry->turns > 0 && entry->before != entry->after;
}

void digest_doubt(struct digest *digest)
{
    for (struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next)
        entry->maybe_told = true;
}

static bool nothing_to_tell(const struct digest_entry *entry)
{
    return !entry->maybe_told && entry->mass_outage == NULL && entry->remark == NULL &&
           !digest_entry_restated(entry) && !digest_entry_turned(entry) &&
           entry->last_ms - entry->first_ms < DIGEST_BLIP_MS;
}

void digest_sift(struct digest *digest, struct ids *void_ids)
{
    struct digest_entry *entry, *next;

    HASH_ITER(hh, digest->entries, entry, next)
    {
        if (!nothing_to_tell(entry))
            continue;
        ids_append(void_ids, &entry->ids);
        digest->notices -= entry->ids.count;
        /* The analyser loses track of uthash's list. NOLINTNEXTLINE(clang-analyzer-*) */
        HASH_DEL(digest->entries, entry);
        entry_free(entry);
    }
}

void digest_ids(const struct digest *digest, struct ids *ids)
{
    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next)
        ids_append(ids, &entry->ids);
}

enum event_severity digest_entry_severity(const struct digest_entry *entry)
{
    enum event_severity worst = EVENT_GOOD;
    bool restated = digest_entry_restated(entry);
    bool turned = digest_entry_turned(entry);
    bool neither = !restated && !turned;

    if (entry->remark != NULL)
        worst = entry->remark_severity;
    if (entry->changes > 0 && (restated || neither) && entry->status_severity > worst)
        worst = entry->status_severity;
    if (entry->turns > 0 && (turned || neither) && entry->availability_severity > worst)
        worst = entry->availability_severity;
    if (entry->mass_outage != NULL)
        worst = EVENT_DANGER;
    return worst;
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
    const struct digest_entry *entry = digest->entries;

    if (digest->notices != 1)
        return false;
    *event = (struct event){
        .id = entry->ids.list[0],
        .service = entry->service,
        .previous = "",
        .at_ms = entry->last_ms,
        .since_ms = entry->since_ms,
    };
    if (entry->mass_outage != NULL) {
        event->kind = EVENT_MASS_OUTAGE;
        event->severity = EVENT_DANGER;
        event->text = entry->mass_outage;
    } else if (entry->remark != NULL) {
        event->kind = entry->remark_kind;
        event->severity = entry->remark_severity;
        event->text = entry->remark;
    } else if (entry->changes > 0) {
        event->kind = EVENT_STATUS;
        event->severity = entry->status_severity;
        event->text = entry->status;
        event->previous = entry->status_before;
    } else {
        event->kind = entry->after == DIGEST_HERE ? EVENT_AVAILABLE : EVENT_UNAVAILABLE;
        event->severity = entry->availability_severity;
        event->text = entry->reason;
    }
    return true;
}
