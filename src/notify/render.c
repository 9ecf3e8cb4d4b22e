/* SPDX-License-Identifier: MIT */
#include "notify/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/time_format.h"
#include "base/text_fit.h"

/* Weights of the name and the text of a single notice: with the sentence they are below RENDER_MAX. */
#define SINGLE_NAME_MAX 700
#define SINGLE_TEXT_MAX 2000
/* In a list: RENDER_LISTED_MAX lines of a usual length are below RENDER_MAX. */
#define LIST_NAME_MAX 100
#define LIST_TEXT_MAX 100
/* Reserved for "and 99999 more: …" with its four numbers. */
#define TAIL_MAX 120

/* How a summary counts a service: one that is available with a bad status is not "available". */
enum category { CATEGORY_UNAVAILABLE, CATEGORY_BAD_STATUS, CATEGORY_AVAILABLE, CATEGORY_OTHER, CATEGORIES };

static const char *const category_names[CATEGORIES] = {"not available", "with a bad status", "available",
                                                       "changed otherwise"};

/* The time of the event and the delay, if the message is late; the date only if it is not today's. */
static void put_delay(struct buf *out, int64_t at_ms, int64_t now_ms)
{
    const int64_t day_ms = 86400000;
    const int64_t minute_ms = 60000;
    int64_t late_ms = now_ms - at_ms;

    if (late_ms <= RENDER_LATE_MS)
        return;
    buf_puts(out, " (");
    if (at_ms / day_ms != now_ms / day_ms) {
        time_format_date(out, at_ms);
        buf_puts(out, " ");
    }
    time_format_clock(out, at_ms);
    buf_puts(out, " UTC, delivered ");
    time_format_span(out, late_ms / minute_ms * minute_ms);
    buf_puts(out, " later)");
}

/* A question, because the server cannot distinguish the two cases. */
static void put_mass_outage(struct buf *out, const char *text)
{
    text_fit_add(out, text, SINGLE_TEXT_MAX);
    buf_puts(out, ": is procjon itself cut off?");
}

/* The unavailability replaces the status; a service without a status is "available". */
static const char *stable_state(const struct event *event)
{
    if (event->previous[0] != '\0')
        return event->previous;
    return event->text[0] != '\0' ? event->text : "available";
}

/* The duration at the time of the reminder, which may be delivered later. */
static void put_reminder(struct buf *out, const char *state, size_t max, int64_t lasted_ms)
{
    buf_puts(out, "still ");
    text_fit_add(out, state, max);
    buf_puts(out, ", for ");
    time_format_span(out, lasted_ms);
}

static void put_event(struct buf *out, const struct event *event)
{
    static const char *const subjects[] = {
        [EVENT_STATUS] = "Service ", [EVENT_AVAILABLE] = "Agent ",  [EVENT_UNAVAILABLE] = "Agent ",
        [EVENT_REMARK] = "",         [EVENT_FLAPPING] = "Service ", [EVENT_STABLE] = "Service ",
        [EVENT_REMINDER] = "",
    };

    if (event->kind == EVENT_MASS_OUTAGE) {
        put_mass_outage(out, event->text);
        return;
    }
    buf_printf(out, "%s", subjects[event->kind]);
    text_fit_add(out, event->service, SINGLE_NAME_MAX);
    switch (event->kind) {
    case EVENT_STATUS:
        buf_puts(out, " changed its status to: ");
        text_fit_add(out, event->text, SINGLE_TEXT_MAX);
        break;
    case EVENT_AVAILABLE:
        buf_puts(out, " is available");
        if (event->since_ms != 0) {
            buf_puts(out, " again after ");
            time_format_span(out, event->at_ms - event->since_ms);
        }
        buf_puts(out, ".");
        break;
    case EVENT_UNAVAILABLE:
        buf_puts(out, " is not available: ");
        text_fit_add(out, event->text, SINGLE_TEXT_MAX);
        buf_puts(out, ".");
        break;
    case EVENT_REMARK:
        buf_puts(out, ": ");
        text_fit_add(out, event->text, SINGLE_TEXT_MAX);
        break;
    case EVENT_REMINDER:
        buf_puts(out, ": ");
        put_reminder(out, event->text, SINGLE_TEXT_MAX, event->at_ms - event->since_ms);
        break;
    case EVENT_FLAPPING:
        buf_puts(out, " is flapping: ");
        text_fit_add(out, event->text, SINGLE_TEXT_MAX);
        buf_puts(out, ".");
        break;
    case EVENT_STABLE:
        buf_puts(out, " is stable: ");
        text_fit_add(out, stable_state(event), SINGLE_TEXT_MAX);
        buf_puts(out, ".");
        break;
    case EVENT_MASS_OUTAGE:
        break;
    }
}

char *render_event(const struct event *event)
{
    struct buf out = {0};

    put_event(&out, event);
    return buf_take(&out);
}

static void put_status(struct buf *out, const struct digest_entry *entry)
{
    bool status_changed = digest_entry_status_changed(entry);

    if (status_changed && entry->status_before[0] != '\0') {
        text_fit_add(out, entry->status_before, LIST_TEXT_MAX);
        buf_puts(out, " → ");
    } else {
        buf_puts(out, "status ");
    }
    text_fit_add(out, entry->status, LIST_TEXT_MAX);
    if (!status_changed)
        buf_puts(out, " as before");
}

static void put_availability(struct buf *out, const struct digest_entry *entry)
{
    if (!digest_entry_availability_changed(entry)) {
        buf_printf(out, entry->availability == DIGEST_AVAILABLE ? "available as before"
                                                                : "not available as before");
        return;
    }
    if (entry->availability == DIGEST_UNAVAILABLE) {
        buf_puts(out, "not available: ");
        text_fit_add(out, entry->reason, LIST_TEXT_MAX);
        return;
    }
    buf_puts(out, "available");
    if (entry->availability_before == DIGEST_UNAVAILABLE) {
        buf_puts(out, " again after ");
        time_format_span(out, entry->absence_before_ms);
    }
}

static void put_remark(struct buf *out, const struct digest_entry *entry)
{
    if (entry->remark_kind == EVENT_REMINDER) {
        put_reminder(out, entry->remark, LIST_TEXT_MAX, entry->last_ms - entry->since_ms);
        return;
    }
    if (entry->remark_kind == EVENT_FLAPPING)
        buf_puts(out, "flapping: ");
    else if (entry->remark_kind == EVENT_STABLE)
        buf_puts(out, "stable: ");
    text_fit_add(out, entry->remark, LIST_TEXT_MAX);
}

/*
 * What has changed. If the net effect is nothing, the line says that the state is as before: the change
 * lasted for DIGEST_VOID_MS or longer, or an earlier message about it may have been read.
 */
static void put_entry(struct buf *out, const struct digest_entry *entry, int64_t now_ms)
{
    bool status = digest_entry_status_changed(entry) || (entry->maybe_told && entry->status_changes > 0);
    bool availability =
        digest_entry_availability_changed(entry) || (entry->maybe_told && entry->availability_changes > 0);
    size_t parts;

    if (entry->remark_kind == EVENT_STABLE && entry->remark != NULL)
        status = availability = false; /* the remark shows both */
    if (entry->mass_outage != NULL) {
        put_mass_outage(out, entry->mass_outage);
        put_delay(out, entry->last_ms, now_ms);
        return;
    }
    if (!status && !availability && entry->remark == NULL) {
        availability = entry->availability_changes > 0;
        status = !availability;
    }
    parts = (size_t)status + (size_t)availability + (size_t)(entry->remark != NULL);
    text_fit_add(out, entry->service, LIST_NAME_MAX);
    buf_puts(out, ": ");
    if (status)
        put_status(out, entry);
    if (status && availability)
        buf_puts(out, ", ");
    if (availability)
        put_availability(out, entry);
    if (entry->remark != NULL) {
        buf_puts(out, parts > 1 ? ", " : "");
        put_remark(out, entry);
    }
    if (entry->ids.count > parts)
        buf_printf(out, ", %zu changes", entry->ids.count);
    if (entry->absence_between_ms > 0) {
        buf_puts(out, ", not available for ");
        time_format_span(out, entry->absence_between_ms);
        buf_puts(out, " in between");
    }
    put_delay(out, entry->last_ms, now_ms);
}

char *render_entry(const struct digest_entry *entry, int64_t now_ms)
{
    struct buf out = {0};

    put_entry(&out, entry, now_ms);
    return buf_take(&out);
}

static enum category category(const struct digest_entry *entry)
{
    bool availability_changed = digest_entry_availability_changed(entry);

    if (availability_changed && entry->availability == DIGEST_UNAVAILABLE)
        return CATEGORY_UNAVAILABLE;
    if (digest_entry_status_changed(entry) && entry->status_severity != EVENT_GOOD)
        return CATEGORY_BAD_STATUS;
    return availability_changed ? CATEGORY_AVAILABLE : CATEGORY_OTHER;
}

/* A mass outage is not a service: its line is above the number of services. */
static void put_headline(struct buf *out, const struct digest *digest, int64_t now_ms)
{
    size_t counts[CATEGORIES] = {0};
    size_t all = digest_services(digest);

    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        if (entry->mass_outage == NULL) {
            counts[category(entry)]++;
            continue;
        }
        all--;
        put_entry(out, entry, now_ms);
        buf_printf(out, all > 1 ? "\n" : "");
    }
    if (all == 1)
        return;
    buf_printf(out, "%zu services ", all);
    if (counts[CATEGORY_UNAVAILABLE] == all)
        buf_puts(out, "are not available:");
    else if (counts[CATEGORY_AVAILABLE] == all)
        buf_puts(out, "are available:");
    else
        buf_puts(out, "changed:");
}

static void put_tail(struct buf *out, const size_t counts[CATEGORIES])
{
    const char *separator = ": ";
    size_t all = 0;

    for (size_t i = 0; i < CATEGORIES; i++)
        all += counts[i];
    if (all == 0)
        return;
    buf_printf(out, "\nand %zu more", all);
    for (size_t i = 0; i < CATEGORIES; i++) {
        if (counts[i] == 0)
            continue;
        buf_printf(out, "%s%zu %s", separator, counts[i], category_names[i]);
        separator = ", ";
    }
}

/* Appends the line if the message has room for it. */
static bool put_line(struct buf *out, const struct digest_entry *entry, int64_t now_ms)
{
    struct buf line = {0};
    bool fits;

    buf_puts(&line, "\n• ");
    put_entry(&line, entry, now_ms);
    fits = text_fit_weight(out) + text_fit_weight(&line) <= RENDER_MAX - TAIL_MAX;
    if (fits)
        buf_append(out, buf_bytes(&line), buf_length(&line));
    buf_fini(&line);
    return fits;
}

/* The highest severity first, so that the services that are only counted are the least important ones. */
static void put_list(struct buf *out, const struct digest *digest, int64_t now_ms)
{
    size_t counts[CATEGORIES] = {0};
    size_t listed = 0;
    bool room = true;

    put_headline(out, digest, now_ms);
    for (int severity = EVENT_DANGER; severity >= EVENT_GOOD; severity--) {
        for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
            if (entry->mass_outage != NULL || (int)digest_entry_severity(entry) != severity)
                continue;
            room = room && listed < RENDER_LISTED_MAX && put_line(out, entry, now_ms);
            if (room)
                listed++;
            else
                counts[category(entry)]++;
        }
    }
    put_tail(out, counts);
}

char *render_digest(const struct digest *digest, int64_t now_ms)
{
    struct buf out = {0};
    struct event event;

    if (digest_single(digest, &event)) {
        put_event(&out, &event);
        put_delay(&out, event.at_ms, now_ms);
    } else if (digest_services(digest) == 1) {
        put_entry(&out, digest->entries, now_ms);
    } else {
        put_list(&out, digest, now_ms);
    }
    return buf_take(&out);
}

char *render_ids(const struct digest *digest)
{
    struct buf out = {0};
    uint64_t first = UINT64_MAX;
    uint64_t last = 0;

    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        const struct ids *ids = &entry->ids; /* ascending: the first is the lowest, the last the highest */

        if (ids->list[0] < first)
            first = ids->list[0];
        if (ids->list[ids->count - 1] > last)
            last = ids->list[ids->count - 1];
    }
    if (digest->notices == 1)
        buf_printf(&out, "event %" PRIu64, first);
    else
        buf_printf(&out, "events %" PRIu64 "–%" PRIu64 " (%zu)", first, last, digest->notices);
    return buf_take(&out);
}
