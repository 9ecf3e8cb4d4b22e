/* SPDX-License-Identifier: MIT */
#include "notify/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_format.h"
#include "base/buf.h"
#include "notify/text_fit.h"

/* Weights. A name and a text alone in a message: together with our own words they stay under RENDER_MAX. */
#define ALONE_NAME_MAX 700
#define ALONE_TEXT_MAX 2000
/* In a list: twenty lines of an ordinary length fit a message. */
#define LIST_NAME_MAX 100
#define LIST_TEXT_MAX 100
/* Kept free for "and 99999 more: …" with its four numbers. */
#define TAIL_MAX 120

/* How a service counts in a summary. One that is there with a bad status must not pass for one that is well.
 */
enum bearing { BEARING_AWAY, BEARING_BAD, BEARING_HERE, BEARING_OTHER, BEARINGS };

static const char *const bearing_words[BEARINGS] = {"not available", "with a bad status", "available",
                                                    "changed otherwise"};

/* Says when and how late, if it is late; the date only if it is another one than the reader's. */
static void put_late(struct buf *out, int64_t at_ms, int64_t now_ms)
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

/* A question, because from here nobody can tell. */
static void put_mass_loss(struct buf *out, const char *text)
{
    text_fit_add(out, text, ALONE_TEXT_MAX);
    buf_puts(out, ": is procjon itself cut off?");
}

/* What is worse than the status stands before it; a service without one is just there. */
static const char *rest(const struct event *event)
{
    if (event->previous[0] != '\0')
        return event->previous;
    return event->text[0] != '\0' ? event->text : "available";
}

/* At the time of the reminder, which may be delivered later. */
static void put_reminder(struct buf *out, const char *state, size_t max, int64_t lasted_ms)
{
    buf_puts(out, "still ");
    text_fit_add(out, state, max);
    buf_puts(out, ", for ");
    time_format_span(out, lasted_ms);
}

static void put_event(struct buf *out, const struct event *event)
{
    static const char *const who[] = {
        [EVENT_STATUS] = "Service ", [EVENT_AVAILABLE] = "Agent ",  [EVENT_UNAVAILABLE] = "Agent ",
        [EVENT_REMARK] = "",         [EVENT_FLAPPING] = "Service ", [EVENT_STABLE] = "Service ",
        [EVENT_REMINDER] = "",
    };

    if (event->kind == EVENT_MASS_OUTAGE) {
        put_mass_loss(out, event->text);
        return;
    }
    buf_printf(out, "%s", who[event->kind]);
    text_fit_add(out, event->service, ALONE_NAME_MAX);
    switch (event->kind) {
    case EVENT_STATUS:
        buf_puts(out, " changed its status to: ");
        text_fit_add(out, event->text, ALONE_TEXT_MAX);
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
        text_fit_add(out, event->text, ALONE_TEXT_MAX);
        buf_puts(out, ".");
        break;
    case EVENT_REMARK:
        buf_puts(out, ": ");
        text_fit_add(out, event->text, ALONE_TEXT_MAX);
        break;
    case EVENT_REMINDER:
        buf_puts(out, ": ");
        put_reminder(out, event->text, ALONE_TEXT_MAX, event->at_ms - event->since_ms);
        break;
    case EVENT_FLAPPING:
        buf_puts(out, " is flapping: ");
        text_fit_add(out, event->text, ALONE_TEXT_MAX);
        buf_puts(out, ".");
        break;
    case EVENT_STABLE:
        buf_puts(out, " is stable: ");
        text_fit_add(out, rest(event), ALONE_TEXT_MAX);
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
    bool restated = digest_entry_restated(entry);

    if (restated && entry->status_before[0] != '\0') {
        text_fit_add(out, entry->status_before, LIST_TEXT_MAX);
        buf_puts(out, " → ");
    } else {
        buf_puts(out, "status ");
    }
    text_fit_add(out, entry->status, LIST_TEXT_MAX);
    if (!restated)
        buf_puts(out, " as before");
}

static void put_availability(struct buf *out, const struct digest_entry *entry)
{
    if (!digest_entry_turned(entry)) {
        buf_printf(out, entry->after == DIGEST_HERE ? "available as before" : "not available as before");
        return;
    }
    if (entry->after == DIGEST_AWAY) {
        buf_puts(out, "not available: ");
        text_fit_add(out, entry->reason, LIST_TEXT_MAX);
        return;
    }
    buf_puts(out, "available");
    if (entry->before == DIGEST_AWAY) {
        buf_puts(out, " again after ");
        time_format_span(out, entry->told_ms);
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
 * What changed. Where nothing did in the end, that all is as before: it was otherwise for so long that it is
 * worth a line, or somebody may have read so.
 */
static void put_entry(struct buf *out, const struct digest_entry *entry, int64_t now_ms)
{
    bool status = digest_entry_restated(entry) || (entry->maybe_told && entry->changes > 0);
    bool availability = digest_entry_turned(entry) || (entry->maybe_told && entry->turns > 0);
    size_t told;

    if (entry->remark_kind == EVENT_STABLE && entry->remark != NULL)
        status = availability = false; /* the remark says both */
    if (entry->mass_outage != NULL) {
        put_mass_loss(out, entry->mass_outage);
        put_late(out, entry->last_ms, now_ms);
        return;
    }
    if (!status && !availability && entry->remark == NULL) {
        availability = entry->turns > 0;
        status = !availability;
    }
    told = (size_t)status + (size_t)availability + (size_t)(entry->remark != NULL);
    text_fit_add(out, entry->service, LIST_NAME_MAX);
    buf_puts(out, ": ");
    if (status)
        put_status(out, entry);
    if (status && availability)
        buf_puts(out, ", ");
    if (availability)
        put_availability(out, entry);
    if (entry->remark != NULL) {
        buf_puts(out, told > 1 ? ", " : "");
        put_remark(out, entry);
    }
    if (entry->ids.count > told)
        buf_printf(out, ", %zu changes", entry->ids.count);
    if (entry->between_ms > 0) {
        buf_puts(out, ", not available for ");
        time_format_span(out, entry->between_ms);
        buf_puts(out, " in between");
    }
    put_late(out, entry->last_ms, now_ms);
}

char *render_entry(const struct digest_entry *entry, int64_t now_ms)
{
    struct buf out = {0};

    put_entry(&out, entry, now_ms);
    return buf_take(&out);
}

static enum bearing bearing(const struct digest_entry *entry)
{
    bool turned = digest_entry_turned(entry);

    if (turned && entry->after == DIGEST_AWAY)
        return BEARING_AWAY;
    if (digest_entry_restated(entry) && entry->status_severity != EVENT_GOOD)
        return BEARING_BAD;
    return turned ? BEARING_HERE : BEARING_OTHER;
}

/* A loss of many is no service: it stands above them. */
static void put_headline(struct buf *out, const struct digest *digest, int64_t now_ms)
{
    size_t counts[BEARINGS] = {0};
    size_t all = digest_services(digest);

    for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
        if (entry->mass_outage == NULL) {
            counts[bearing(entry)]++;
            continue;
        }
        all--;
        put_entry(out, entry, now_ms);
        buf_printf(out, all > 1 ? "\n" : "");
    }
    if (all == 1)
        return;
    buf_printf(out, "%zu services ", all);
    if (counts[BEARING_AWAY] == all)
        buf_puts(out, "are not available:");
    else if (counts[BEARING_HERE] == all)
        buf_puts(out, "are available:");
    else
        buf_puts(out, "changed:");
}

static void put_tail(struct buf *out, const size_t counts[BEARINGS])
{
    const char *separator = ": ";
    size_t all = 0;

    for (size_t i = 0; i < BEARINGS; i++)
        all += counts[i];
    if (all == 0)
        return;
    buf_printf(out, "\nand %zu more", all);
    for (size_t i = 0; i < BEARINGS; i++) {
        if (counts[i] == 0)
            continue;
        buf_printf(out, "%s%zu %s", separator, counts[i], bearing_words[i]);
        separator = ", ";
    }
}

/* Appends the line if the list has room for it. */
static bool list(struct buf *out, const struct digest_entry *entry, int64_t now_ms)
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

/* The worst first, so that what is only counted is what matters least. */
static void put_list(struct buf *out, const struct digest *digest, int64_t now_ms)
{
    size_t counts[BEARINGS] = {0};
    size_t listed = 0;
    bool room = true;

    put_headline(out, digest, now_ms);
    for (int severity = EVENT_DANGER; severity >= EVENT_GOOD; severity--) {
        for (const struct digest_entry *entry = digest->entries; entry != NULL; entry = entry->hh.next) {
            if (entry->mass_outage != NULL || (int)digest_entry_severity(entry) != severity)
                continue;
            room = room && listed < RENDER_LISTED_MAX && list(out, entry, now_ms);
            if (room)
                listed++;
            else
                counts[bearing(entry)]++;
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
        put_late(&out, event.at_ms, now_ms);
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
        const struct ids *ids = &entry->ids; /* ids grow, so the ends of each list are its extremes */

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
