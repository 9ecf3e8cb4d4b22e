/* SPDX-License-Identifier: MIT */
#include "notify/digest_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void ids_fini(struct ids *ids)
{
    free(ids->list);
    *ids = (struct ids){0};
}

/* The capacity doubles, beginning with 1: most entries have exactly one notice. */
static void reserve(struct ids *ids, size_t more)
{
    size_t capacity = ids->capacity > 0 ? ids->capacity : 1;

    if (ids->capacity - ids->count >= more)
        return;
    while (capacity - ids->count < more)
        capacity *= 2;
    ids->list = mem_realloc(ids->list, capacity * sizeof *ids->list);
    ids->capacity = capacity;
}

void ids_add(struct ids *ids, uint64_t id)
{
    reserve(ids, 1);
    ids->list[ids->count++] = id;
}

void ids_append(struct ids *ids, const struct ids *from)
{
    if (from->count == 0)
        return;
    reserve(ids, from->count);
    memcpy(ids->list + ids->count, from->list, from->count * sizeof *from->list);
    ids->count += from->count;
}

void digest_entry_free(struct digest_entry *entry)
{
    free(entry->service);
    free(entry->status_before);
    free(entry->status);
    free(entry->reason);
    free(entry->mass_outage);
    free(entry->remark);
    ids_fini(&entry->ids);
    ids_fini(&entry->outdated);
    free(entry);
}

/* Moves the ownership of the string. */
static void move(char **to, char **from)
{
    free(*to);
    *to = *from;
    *from = NULL;
}

static void add_status(struct digest_entry *entry, const struct event *event)
{
    if (entry->status_changes++ == 0) {
        mem_replace(&entry->status_before, event->previous);
        entry->code_before = event->previous_code;
    }
    mem_replace(&entry->status, event->text);
    entry->code = event->code;
    entry->status_severity = event->severity;
}

static void add_availability(struct digest_entry *entry, const struct event *event)
{
    bool available = event->kind == EVENT_AVAILABLE;
    int64_t absence_ms = available && event->since_ms != 0 ? event->at_ms - event->since_ms : 0;

    if (absence_ms < 0) /* the wall clock was set back meanwhile */
        absence_ms = 0;
    if (entry->availability_changes++ > 0) {
        entry->absence_between_ms += absence_ms;
    } else {
        entry->absence_before_ms = absence_ms;
        entry->availability_before = available ? DIGEST_UNAVAILABLE : DIGEST_AVAILABLE;
        if (event->since_ms == 0)
            entry->availability_before = DIGEST_UNKNOWN;
    }
    entry->availability = available ? DIGEST_AVAILABLE : DIGEST_UNAVAILABLE;
    entry->availability_severity = event->severity;
    mem_replace(&entry->reason, available ? "" : event->text);
}

static void add_remark(struct digest_entry *entry, const struct event *event)
{
    mem_replace(&entry->remark, event->text);
    entry->remark_kind = event->kind;
    entry->remark_severity = event->severity;
}

/* Whether the entry shows the state of the service already, so that a reminder adds nothing. */
static bool has_state(const struct digest_entry *entry)
{
    return entry->status_changes > 0 || entry->availability_changes > 0 || entry->remark_kind == EVENT_STABLE;
}

bool digest_entry_is_reminder(const struct digest_entry *entry)
{
    return entry->remark_kind == EVENT_REMINDER && entry->remark != NULL && !has_state(entry);
}

/* The state has changed: a reminder of the old one, or the remark that it was stable, is outdated. */
static void outdate(struct digest_entry *entry)
{
    if (entry->remark_kind != EVENT_STABLE && entry->remark_kind != EVENT_REMINDER)
        return;
    if (digest_entry_is_reminder(entry)) {
        ids_append(&entry->outdated, &entry->ids);
        ids_fini(&entry->ids);
        entry->maybe_told = false;
    }
    free(entry->remark);
    entry->remark = NULL;
}

/* EVENT_STABLE has the whole state, because the changes while the service was flapping were suppressed. */
static void add_stable(struct digest_entry *entry, const struct event *event)
{
    bool available = event->previous[0] == '\0';
    struct event remark = *event;

    if (event->text[0] != '\0') {
        if (entry->status_changes++ == 0) {
            mem_replace(&entry->status_before, "");
            entry->code_before = EVENT_NO_CODE;
        }
        mem_replace(&entry->status, event->text);
        entry->code = event->code;
        entry->status_severity = event->severity;
    }
    entry->availability = available ? DIGEST_AVAILABLE : DIGEST_UNAVAILABLE;
    if (entry->availability_changes++ == 0)
        entry->availability_before = entry->availability;
    entry->availability_severity = available ? EVENT_GOOD : EVENT_DANGER;
    mem_replace(&entry->reason, event->previous);
    if (!available) {
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
        add_remark(entry, event);
        break;
    case EVENT_REMINDER:
    case EVENT_FLAPPING:
        outdate(entry);
        add_remark(entry, event);
        break;
    case EVENT_STABLE:
        outdate(entry);
        add_stable(entry, event);
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

void digest_entry_add(struct digest_entry *entry, const struct event *event)
{
    if (event->kind == EVENT_REMINDER && has_state(entry)) {
        ids_add(&entry->outdated, event->id);
        return;
    }
    add(entry, event);
    if (entry->ids.count == 0)
        entry->first_ms = event->at_ms;
    ids_add(&entry->ids, event->id);
    entry->maybe_told |= event->maybe_told;
    entry->last_ms = event->at_ms;
    entry->since_ms = event->since_ms;
}

struct digest_entry *digest_entry_new(const struct event *event)
{
    struct digest_entry *entry = mem_zalloc(sizeof *entry);

    entry->service = mem_strdup(event->service);
    digest_entry_add(entry, event);
    return entry;
}

void digest_entry_absorb(struct digest_entry *entry, struct digest_entry *later)
{
    ids_append(&entry->outdated, &later->outdated);
    if (digest_entry_is_reminder(later) && has_state(entry)) {
        ids_append(&entry->outdated, &later->ids);
        return;
    }
    if (later->status_changes > 0 || later->availability_changes > 0 ||
        later->remark_kind == EVENT_FLAPPING || later->remark_kind == EVENT_REMINDER)
        outdate(entry);
    if (entry->ids.count == 0)
        entry->first_ms = later->first_ms;
    ids_append(&entry->ids, &later->ids);
    entry->maybe_told |= later->maybe_told;
    entry->last_ms = later->last_ms;
    entry->since_ms = later->since_ms;
    if (later->mass_outage != NULL)
        move(&entry->mass_outage, &later->mass_outage);
    if (later->status_changes > 0) {
        if (entry->status_changes == 0) {
            move(&entry->status_before, &later->status_before);
            entry->code_before = later->code_before;
        }
        move(&entry->status, &later->status);
        entry->code = later->code;
        entry->status_severity = later->status_severity;
        entry->status_changes += later->status_changes;
    }
    if (later->availability_changes > 0) {
        if (entry->availability_changes == 0) {
            entry->availability_before = later->availability_before;
            entry->absence_before_ms = later->absence_before_ms;
        } else {
            entry->absence_between_ms += later->absence_before_ms;
        }
        entry->absence_between_ms += later->absence_between_ms;
        entry->availability = later->availability;
        entry->availability_severity = later->availability_severity;
        move(&entry->reason, &later->reason);
        entry->availability_changes += later->availability_changes;
    }
    if (later->remark_kind != 0) {
        move(&entry->remark, &later->remark);
        entry->remark_kind = later->remark_kind;
        entry->remark_severity = later->remark_severity;
    }
}

bool digest_entry_status_changed(const struct digest_entry *entry)
{
    return entry->status_changes > 0 &&
           (entry->code_before != entry->code || strcmp(entry->status_before, entry->status) != 0);
}

bool digest_entry_availability_changed(const struct digest_entry *entry)
{
    return entry->availability_changes > 0 && entry->availability_before != entry->availability;
}

bool digest_entry_is_void(const struct digest_entry *entry)
{
    return !entry->maybe_told && entry->mass_outage == NULL && entry->remark == NULL &&
           !digest_entry_status_changed(entry) && !digest_entry_availability_changed(entry) &&
           entry->last_ms - entry->first_ms < DIGEST_VOID_MS;
}

enum event_severity digest_entry_severity(const struct digest_entry *entry)
{
    enum event_severity worst = EVENT_GOOD;
    bool status_changed = digest_entry_status_changed(entry);
    bool availability_changed = digest_entry_availability_changed(entry);
    bool neither = !status_changed && !availability_changed;

    if (entry->remark != NULL)
        worst = entry->remark_severity;
    if (entry->status_changes > 0 && (status_changed || neither) && entry->status_severity > worst)
        worst = entry->status_severity;
    if (entry->availability_changes > 0 && (availability_changed || neither) &&
        entry->availability_severity > worst)
        worst = entry->availability_severity;
    if (entry->mass_outage != NULL)
        worst = EVENT_DANGER;
    return worst;
}

bool digest_entry_single(const struct digest_entry *entry, struct event *event)
{
    if (entry->ids.count != 1)
        return false;
    *event = (struct event){
        .id = entry->ids.list[0],
        .service = entry->service,
        .previous = "",
        .code = EVENT_NO_CODE,
        .previous_code = EVENT_NO_CODE,
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
    } else if (entry->status_changes > 0) {
        event->kind = EVENT_STATUS;
        event->severity = entry->status_severity;
        event->text = entry->status;
        event->previous = entry->status_before;
        event->code = entry->code;
        event->previous_code = entry->code_before;
    } else {
        event->kind = entry->availability == DIGEST_AVAILABLE ? EVENT_AVAILABLE : EVENT_UNAVAILABLE;
        event->severity = entry->availability_severity;
        event->text = entry->reason;
    }
    return true;
}
