/* SPDX-License-Identifier: MIT */
/*
 * hold - bad news that waits whether it lasts.
 *
 * Pure: no clock, no timer; embedded in its owner, a zeroed struct holds nothing. A bad notice stays here
 * until the state has lasted for as long, or for as many reports, as its route asks, and with it everything
 * that follows about the same service; if meanwhile all is as it was, nobody is told. Good news about a
 * service that nothing is held of is told at once. That it flaps, or where it came to rest, is told at once
 * and stands for all that is held.
 *
 * Times are milliseconds on one axis of the caller's; they may be negative (before the axis began). Reports
 * are counted from the start of the process: what is held from before it waits for one more report only.
 */
#ifndef PROCJON_NOTIFY_HOLD_H
#define PROCJON_NOTIFY_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notify/digest.h"
#include "notify/ids.h"
#include "base/event.h"

/* Nothing is held; or no time, or no number of reports, ends the waiting. */
#define HOLD_NEVER INT64_MAX
#define HOLD_NO_REPORT UINT64_MAX

/* How long a bad state may last before it counts: until the first of the two; both 0: it counts at once. */
struct patience {
    uint64_t ms;      /* 0: no time is enough */
    uint64_t reports; /* that say so, the first included; 0: no number is enough */
};

struct hold_entry;

struct hold {
    struct hold_entry *entries;
    size_t notices;
};

void hold_fini(struct hold *hold);

/*
 * What is to be told now is appended to `told`; the ids of what nobody needs to be told, to `brief`. Notices
 * that were owed before a restart may be added again in their order: what became of them is the same.
 */
void hold_add(struct hold *hold, const struct event *event, int64_t at_ms, struct patience patience,
              struct digest *told, struct ids *brief);

/* What is held of the service is due then, and with that report; false: nothing is held of it. */
bool hold_waits(const struct hold *hold, const char *service, int64_t *due_ms, uint64_t *due_reports);

/* The service has reported so often, and all that it changed by that was added: moves what is due to `told`.
 */
void hold_heard(struct hold *hold, const char *service, uint64_t reports, struct digest *told);

/* When the next one has waited long enough. */
int64_t hold_due(const struct hold *hold);

/* Moves all that has by `now_ms` to `told`. */
void hold_release(struct hold *hold, int64_t now_ms, struct digest *told);

#endif
