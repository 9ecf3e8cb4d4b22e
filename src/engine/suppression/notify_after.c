/* SPDX-License-Identifier: MIT */
#include "engine/suppression/notify_after.h"

#include <string.h>

#include "engine/held_notices.h"

static const struct stage_verdict pass = {.ruling = STAGE_PASS};

/* The net effect of what is held and of the event that follows it. */
struct net_effect {
    bool status_changed;       /* the status differs from the one before the first held event */
    bool availability_changed; /* and so does the availability */
    bool first;                /* there was no status before */
    bool good;                 /* there is no status, or a good one */
    bool available;            /* no event is about the availability, or the service is available */
};

static void net_status(const struct digest_entry *entry, const struct event *event, struct net_effect *net)
{
    bool now = event->kind == EVENT_STATUS, held = entry->status_changes > 0;
    const char *before = held ? entry->status_before : event->previous;
    const char *after = now ? event->text : entry->status;
    int64_t code_before = held ? entry->code_before : event->previous_code;
    int64_t code_after = now ? event->code : entry->code;

    if (!now && !held) {
        net->good = true;
        return;
    }
    net->status_changed = code_before != code_after || strcmp(before, after) != 0;
    net->first = before[0] == '\0';
    net->good = (now ? event->severity : entry->status_severity) == EVENT_GOOD;
}

static void net_availability(const struct digest_entry *entry, const struct event *event,
                             struct net_effect *net)
{
    bool now = event->kind == EVENT_AVAILABLE || event->kind == EVENT_UNAVAILABLE,
         held = entry->availability_changes > 0;
    enum digest_availability before, after = entry->availability;

    net->available = true;
    if (!now && !held)
        return;
    if (now)
        after = event->kind == EVENT_AVAILABLE ? DIGEST_AVAILABLE : DIGEST_UNAVAILABLE;
    before = after == DIGEST_AVAILABLE ? DIGEST_UNAVAILABLE : DIGEST_AVAILABLE;
    if (event->since_ms == 0)
        before = DIGEST_UNKNOWN;
    if (held)
        before = entry->availability_before;
    net->availability_changed = before != after;
    net->available = after != DIGEST_UNAVAILABLE;
}

/* A first status that is good counts as no change, and not as a recovery. */
static bool recovered(const struct net_effect *net)
{
    return !net->availability_changed && (!net->status_changed || (net->first && net->good));
}

static struct stage_verdict judge_held(const struct held_notice *held, const struct event *event)
{
    struct net_effect net = {0};

    if (event->kind == EVENT_UNAVAILABLE && held->due_ms == STAGE_NO_TIME)
        return pass;
    net_status(held->entry, event, &net);
    net_availability(held->entry, event, &net);
    if (recovered(&net))
        return (struct stage_verdict){
            .ruling = STAGE_SUPPRESS, .outcome = "recovered_in_time", .held_outcome = "recovered_in_time"};
    if (net.good && net.available)
        return pass;
    return (struct stage_verdict){
        .ruling = STAGE_HOLD, .until_ms = held->due_ms, .reports = held->due_reports};
}

static struct stage_verdict judge_first(const struct stage_input *input)
{
    const struct event *event = input->event;
    const struct route *route = input->route;
    bool unavailable = event->kind == EVENT_UNAVAILABLE;
    bool bad = unavailable || (event->kind == EVENT_STATUS && event->severity != EVENT_GOOD);
    struct stage_verdict verdict = {
        .ruling = STAGE_HOLD, .until_ms = STAGE_NO_TIME, .reports = STAGE_NO_REPORTS};

    if (!bad || route == NULL ||
        route->notify_after_reports == 1) /* the first report is the bad one itself */
        return pass;
    if (route->notify_after_s > 0)
        verdict.until_ms = input->happened_ms + (int64_t)route->notify_after_s * 1000;
    if (route->notify_after_reports > 0)
        verdict.reports = input->reports > 0 ? input->reports + route->notify_after_reports - 1 : 1;
    if (route->notify_after_s == 0 && (route->notify_after_reports == 0 || unavailable))
        return pass;
    return verdict;
}

struct stage_verdict notify_after_judge(const void *state, const struct stage_input *input)
{
    const struct held_notice *held = held_notices_find(state, input->event->service, input->sink);

    if (held != NULL &&
        ((held->stages & HELD_BY(STAGE_NOTIFY_AFTER)) == 0 || held->due_ms <= input->happened_ms))
        held = NULL; /* not held by this stage any more */
    switch (input->event->kind) {
    case EVENT_STATUS:
    case EVENT_AVAILABLE:
    case EVENT_UNAVAILABLE:
        return held != NULL ? judge_held(held, input->event) : judge_first(input);
    case EVENT_FLAPPING:
    case EVENT_STABLE:
        return (struct stage_verdict){.ruling = STAGE_PASS, .held_outcome = held != NULL ? "flapping" : NULL};
    case EVENT_MASS_OUTAGE:
    case EVENT_REMARK:
    case EVENT_REMINDER:
        break;
    }
    return pass;
}
